"""A permit's versions, and their bytes until the object store has proven that it holds them.

Order of writes: ``add_version`` and ``keep_bytes`` in one transaction; the object store; then
``mark_stored`` and ``make_visible`` in the next. Only when a later job has read the object back and found
it equal does ``drop_kept`` let the bytes go. Every step may be repeated without harm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from archive.errors import VersionConflict
from archive.registry import get_permit, sayable
from archive.tables import kept_bytes, version
from permits.permit import Permit


@dataclass(frozen=True)
class Version:
    """One version of a permit's PDF. ``n`` counts from 1; ``object_version`` is the store's own id."""

    permit_id: UUID
    n: int
    sha256: str
    level: str
    size: int
    created_at: datetime
    object_key: str
    object_version: str | None = None
    verdict: Mapping[str, Any] | None = None
    visible: bool = False


@dataclass(frozen=True)
class Kept:
    """Bytes that PostgreSQL still holds; ``stored_at``: when the object store acknowledged them."""

    permit_id: UUID
    n: int
    sha256: str
    data: bytes
    created_at: datetime
    stored_at: datetime | None


def add_version(conn: sa.Connection, new: Version) -> None:
    """Register a version; the same bytes again are no error.

    Raises:
        VersionConflict: that version is there with other bytes.
    """
    insert = postgresql.insert(version).values(asdict(new)).on_conflict_do_nothing()
    if conn.execute(insert.returning(version.c.n)).first() is None:
        found = conn.execute(
            sa.select(version.c.sha256).where(version.c.permit_id == new.permit_id, version.c.n == new.n)
        ).scalar_one()
        if found != new.sha256:
            raise VersionConflict(new.permit_id, new.n)


def keep_bytes(conn: sa.Connection, permit_id: UUID, n: int, data: bytes, now: datetime) -> str:
    """Keep a version's bytes until the object store has proven to hold them; returns their SHA-256 (hex).

    Raises:
        VersionConflict: other bytes of that version are kept, or were before.
    """
    digest = hashlib.sha256(data).hexdigest()
    known = conn.execute(
        sa.select(version.c.sha256)
        .where(version.c.permit_id == permit_id, version.c.n == n)
        .union(sa.select(kept_bytes.c.sha256).where(kept_bytes.c.permit_id == permit_id, kept_bytes.c.n == n))
    ).scalars()
    if any(other != digest for other in known):
        raise VersionConflict(permit_id, n)
    insert = postgresql.insert(kept_bytes).values(
        permit_id=permit_id, n=n, sha256=digest, bytes=data, created_at=now
    )
    taken = conn.execute(insert.on_conflict_do_nothing().returning(kept_bytes.c.n)).first()
    if taken is None and getattr(kept(conn, permit_id, n), "sha256", digest) != digest:
        raise VersionConflict(permit_id, n)
    return digest


def kept(conn: sa.Connection, permit_id: UUID, n: int) -> Kept | None:
    """Return the kept bytes of a version, if PostgreSQL still holds them."""
    row = conn.execute(
        sa.select(kept_bytes).where(kept_bytes.c.permit_id == permit_id, kept_bytes.c.n == n)
    ).first()
    return (
        None
        if row is None
        else Kept(row.permit_id, row.n, row.sha256, row.bytes, row.created_at, row.stored_at)
    )


def unstored(conn: sa.Connection, before: datetime, limit: int = 100) -> list[tuple[UUID, int]]:
    """Return permits and versions kept since before ``before`` that the object store never acknowledged."""
    return _kept_where(
        conn, sa.and_(kept_bytes.c.stored_at.is_(None), kept_bytes.c.created_at < before), limit
    )


def uncompared(conn: sa.Connection, before: datetime, limit: int = 100) -> list[tuple[UUID, int]]:
    """Return permits and versions stored before ``before`` whose objects are to be read back now."""
    return _kept_where(conn, kept_bytes.c.stored_at < before, limit)


def mark_stored(conn: sa.Connection, permit_id: UUID, n: int, object_version: str, now: datetime) -> None:
    """Note that the object store has acknowledged a version under its own id ``object_version``."""
    conn.execute(
        sa.update(kept_bytes)
        .where(kept_bytes.c.permit_id == permit_id, kept_bytes.c.n == n, kept_bytes.c.stored_at.is_(None))
        .values(stored_at=now)
    )
    conn.execute(
        sa.update(version)
        .where(version.c.permit_id == permit_id, version.c.n == n)
        .values(object_version=object_version)
    )


def make_visible(conn: sa.Connection, permit_id: UUID, n: int) -> None:
    """Show a stored version to people.

    Raises:
        sqlalchemy.exc.IntegrityError: it was never marked as stored: a defect of the caller.
    """
    conn.execute(
        sa.update(version).where(version.c.permit_id == permit_id, version.c.n == n).values(visible=True)
    )


def drop_kept(conn: sa.Connection, permit_id: UUID, n: int, sha256: str) -> bool:
    """Let kept bytes go, after the object was read back and had the hash ``sha256``; says if any went."""
    gone = conn.execute(
        sa.delete(kept_bytes).where(
            kept_bytes.c.permit_id == permit_id,
            kept_bytes.c.n == n,
            kept_bytes.c.sha256 == sha256,
            kept_bytes.c.stored_at.is_not(None),
        )
    )
    return gone.rowcount == 1


def versions(conn: sa.Connection, permit_id: UUID, hidden: bool = False) -> list[Version]:
    """Return a permit's versions, oldest first; with ``hidden`` also those not yet shown to people."""
    select = sa.select(version).where(version.c.permit_id == permit_id).order_by(version.c.n)
    if not hidden:
        select = select.where(version.c.visible)
    return [Version(**row) for row in conn.execute(select).mappings()]


def by_sha256(conn: sa.Connection, sha256: str) -> tuple[Permit, Version] | None:
    """Return the permit and the visible version whose bytes have exactly that SHA-256 (64 hex digits)."""
    select = sa.select(version).where(version.c.sha256 == sayable(sha256), version.c.visible).limit(1)
    row = conn.execute(select).mappings().first()
    return None if row is None else (get_permit(conn, row["permit_id"]), Version(**row))


def _kept_where(conn: sa.Connection, which: sa.ColumnElement[bool], limit: int) -> list[tuple[UUID, int]]:
    select = sa.select(kept_bytes.c.permit_id, kept_bytes.c.n).where(which)
    return [
        (row.permit_id, row.n) for row in conn.execute(select.order_by(kept_bytes.c.created_at).limit(limit))
    ]
