"""Errors of the room.

ArchiveError
├── DatabaseUnavailable   PostgreSQL cannot be reached, is full, or took too long; try again later
├── NotStorable           a value that PostgreSQL cannot hold: NUL, half a character, too big a number
├── NoSuchPermit          the registry has no permit of that id
├── StaleRevision         someone else changed the permit first; carries both revisions
├── VersionConflict       a permit's version is there already, with other bytes
├── ManifestUnreadable    the JSON beside a PDF is none of ours, or damaged
└── ObjectsError
    ├── ObjectsUnavailable  the object store cannot be reached or refuses for now; try again later
    ├── ObjectMissing       no object (or no such version of it) under that key
    ├── ObjectConflict      the key is taken by other bytes
    └── ObjectDamaged       the store gave bytes whose hash is not the recorded one
"""

from __future__ import annotations

from uuid import UUID


class ArchiveError(Exception):
    """Base of the room's errors."""


class DatabaseUnavailable(ArchiveError):
    """PostgreSQL cannot be reached, is full, or took too long. Nothing of the transaction remains."""


class NotStorable(ArchiveError):
    """A value that PostgreSQL cannot hold; the values themselves stay out of the message."""


class NoSuchPermit(ArchiveError):
    """The registry has no permit of that id."""

    def __init__(self, permit_id: UUID) -> None:
        super().__init__(f"no permit {permit_id}")
        self.permit_id = permit_id


class StaleRevision(ArchiveError):
    """Someone else changed the permit first."""

    def __init__(self, permit_id: UUID, expected: int, found: int) -> None:
        super().__init__(f"permit {permit_id}: revision {expected} expected, {found} found")
        self.permit_id, self.expected, self.found = permit_id, expected, found


class VersionConflict(ArchiveError):
    """A permit's version is there already, with other bytes."""

    def __init__(self, permit_id: UUID, n: int) -> None:
        super().__init__(f"permit {permit_id}: version {n} is there already, with other bytes")
        self.permit_id, self.n = permit_id, n


class ManifestUnreadable(ArchiveError):
    """The JSON beside a PDF is none of ours, or damaged."""


class ObjectsError(ArchiveError):
    """Base of the object store's errors; ``key`` names the object."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key


class ObjectsUnavailable(ObjectsError):
    """The object store cannot be reached or refuses for now."""


class ObjectMissing(ObjectsError):
    """No object, or no such version of it, under that key."""


class ObjectConflict(ObjectsError):
    """The key is taken by other bytes."""


class ObjectDamaged(ObjectsError):
    """The store gave bytes whose hash is not the recorded one."""
