"""The port of the object store: what any of them promises. The root of truth for issued permits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Stored:
    """One version of an object. ``sha256`` (hex) is what its writer declared; a listing does not tell it."""

    key: str
    version: str
    size: int
    modified: datetime
    latest: bool
    sha256: str | None = None
    retain_until: datetime | None = None


class Objects(Protocol):
    """Where the bytes are, for decades.

    Promises: what was acknowledged can be read back by key and version; a version under lock is neither
    changed nor deleted by anyone before its time; of several first writers of a key exactly one wins, and
    the others learn its bytes; every put may be repeated after any failure and adds nothing that is there
    already. Safe to share between threads. Times are aware; hashes are SHA-256 in lower-case hex.
    """

    def ensure_bucket(self) -> None:
        """Create the bucket if it is not there; it must keep versions and locks.

        Raises:
            ObjectsUnavailable: the store cannot be reached or refuses.
            ObjectsError: a bucket is there that keeps none.
        """

    def ping(self) -> None:
        """Ask for a sign of life.

        Raises:
            ObjectsUnavailable: there was none.
        """

    def put_first(self, key: str, data: bytes, sha256: str, retain_until: datetime) -> str:
        """Store the first version of ``key`` and return its version id; the same bytes again are adopted.

        Raises:
            ObjectConflict: the key's first version has other bytes.
            ObjectsUnavailable: whether it was stored is not known; do it again.
        """

    def put_next(self, key: str, data: bytes, sha256: str, retain_until: datetime) -> str:
        """Store a further version of ``key`` and return its id; bytes that are there already are adopted.

        Raises:
            ObjectMissing: the key has no version yet.
            ObjectConflict: someone else stored another version meanwhile.
            ObjectsUnavailable: whether it was stored is not known; do it again.
        """

    def put_manifest(self, key: str, data: bytes, retain_until: datetime) -> str:
        """Store the JSON beside ``key`` (``key`` + ".json") as a new version; returns its id.

        Raises:
            ObjectsUnavailable: whether it was stored is not known; do it again.
        """

    def get(self, key: str, version: str | None = None, sha256: str | None = None) -> bytes:
        """Return the bytes of a version (None: the newest), compared with ``sha256`` or the declared hash.

        Raises:
            ObjectMissing: no such object or version.
            ObjectDamaged: the bytes have another hash.
            ObjectsUnavailable: the store cannot be reached.
        """

    def head(self, key: str, version: str | None = None) -> Stored:
        """Return what the store knows of a version (None: the newest).

        Raises:
            ObjectMissing: no such object or version.
            ObjectsUnavailable: the store cannot be reached.
        """

    def close(self) -> None:
        """Let go of the connections."""

    def list(self, prefix: str = "") -> Iterator[Stored]:
        """Yield every version of every object below ``prefix``.

        Raises:
            ObjectsUnavailable: the store cannot be reached.
        """


def object_key(year: int, type_code: str, permit_id: UUID) -> str:
    """Return the key of a permit's PDF."""
    return f"{year}/{type_code}/{permit_id}.pdf"


def manifest_key(key: str) -> str:
    """Return the key of the manifest beside ``key``."""
    return f"{key}.json"
