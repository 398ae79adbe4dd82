"""The queue's job names, how a job is put there, and how often it is tried."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from archive.jobs import defer

PRESERVE = "preserve"
INDEX = "index"
COMPARE = "compare"
MANIFEST = "manifest"
SWEEP = "sweep"
# A failed job is tried again after 2, 4, 8 ... seconds: a store that restarts is back long before the last.
ATTEMPTS = 12
SIGNING_QUEUE = "default"


def after_issue(conn: sa.Connection, permit_id: UUID) -> None:
    """Put on the queue what follows the first version of a permit."""
    after_change(conn, permit_id)
    defer(conn, PRESERVE, {"permit_id": str(permit_id)})
    defer(conn, COMPARE, {"permit_id": str(permit_id), "n": 1}, priority=-1)


def after_version(conn: sa.Connection, permit_id: UUID, n: int) -> None:
    """Put on the queue what follows a further version."""
    after_change(conn, permit_id)
    defer(conn, COMPARE, {"permit_id": str(permit_id), "n": n}, priority=-1)


def after_change(conn: sa.Connection, permit_id: UUID) -> None:
    """Put on the queue what follows any event of a numbered permit: index and manifest learn of it."""
    defer(conn, INDEX, {}, lock="index", priority=1)
    defer(conn, MANIFEST, {"permit_id": str(permit_id)}, lock=f"manifest-{permit_id}", priority=-1)
