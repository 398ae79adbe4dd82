"""What is written beside a permit: events, the audit log, failures that a person should see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from archive.tables import audit_log, event, failure


@dataclass(frozen=True)
class Failure:
    """Something that did not work and waits for a repair. ``at``: the last time; ``attempts``: how often."""

    id: int
    at: datetime
    room: str
    permit_id: UUID | None
    what: str
    detail: str
    attempts: int


def record_event(  # noqa: PLR0917 - a line of a log: when, who, what, in this order
    conn: sa.Connection, now: datetime, permit_id: UUID, kind: str, actor: str, data: Mapping[str, Any]
) -> int:
    """Append an event of a permit's life in the caller's transaction; returns its number."""
    values = {"at": now, "permit_id": permit_id, "kind": kind, "actor": actor, "data": _storable(data)}
    return int(conn.execute(sa.insert(event).values(values).returning(event.c.id)).scalar_one())


def record_audit(  # noqa: PLR0917 - a line of a log: when, who, what, in this order
    conn: sa.Connection,
    now: datetime,
    actor: str,
    action: str,
    subject: str,
    address: str | None,
    detail: Mapping[str, Any],
) -> None:
    """Append to the audit log who did what to what, from which network address."""
    values = {"actor": actor, "action": action, "subject": subject, "address": address, "detail": detail}
    conn.execute(sa.insert(audit_log).values({"at": now} | _storable(values)))


def record_failure(  # noqa: PLR0917 - a line of a log: when, who, what, in this order
    conn: sa.Connection, now: datetime, room: str, permit_id: UUID | None, what: str, detail: str
) -> None:
    """Note a failure; the same one again, while it is open, counts its attempts up."""
    insert = postgresql.insert(failure).values(
        at=now, room=room, permit_id=permit_id, what=what, detail=_storable(detail)[:2000]
    )
    conn.execute(
        insert.on_conflict_do_update(
            index_elements=["room", "permit_id", "what"],
            index_where=failure.c.resolved_at.is_(None),
            set_={"at": now, "detail": insert.excluded.detail, "attempts": failure.c.attempts + 1},
        )
    )


def resolve_failure(conn: sa.Connection, now: datetime, room: str, permit_id: UUID | None, what: str) -> bool:
    """Close an open failure; says whether there was one."""
    same = failure.c.permit_id.is_not_distinct_from(permit_id)
    done = conn.execute(
        sa.update(failure)
        .where(failure.c.room == room, same, failure.c.what == what, failure.c.resolved_at.is_(None))
        .values(resolved_at=now)
    )
    return done.rowcount > 0


def open_failures(conn: sa.Connection, limit: int = 200) -> list[Failure]:
    """Return the failures that wait, newest first."""
    names = ("id", "at", "room", "permit_id", "what", "detail", "attempts")
    select = sa.select(*(failure.c[name] for name in names)).where(failure.c.resolved_at.is_(None))
    rows = conn.execute(select.order_by(failure.c.at.desc(), failure.c.id.desc()).limit(limit))
    return [Failure(**row) for row in rows.mappings()]


def _storable(value: Any) -> Any:
    """Take out what PostgreSQL cannot store (NUL, lone surrogates): a log must not fail on what was typed."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_storable(k): _storable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable(v) for v in value]
    return value
