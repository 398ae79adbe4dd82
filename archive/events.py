"""Reading the permits' events in an order in which no reader ever skips one.

Numbers alone would not do: a transaction may take number 7 and commit after number 8 was read. Events are
therefore read in the order of (transaction, number), and only those of transactions older than every one
that still runs (``event_horizon`` in the first migration).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from archive.tables import consumer, event


@dataclass(frozen=True, order=True)
class Cursor:
    """A reader's place among the events."""

    tx: int = 0
    event_id: int = 0


START = Cursor()


@dataclass(frozen=True)
class Event:
    """One thing that happened to a permit. ``id`` grows, with gaps; ``cursor`` is the place after it."""

    id: int
    at: datetime
    permit_id: UUID
    kind: str
    actor: str
    data: Mapping[str, Any]
    cursor: Cursor


def events_after(conn: sa.Connection, cursor: Cursor, limit: int = 500) -> list[Event]:
    """Return the next events after ``cursor``; each committed event comes exactly once, none is passed.

    An event shows only when every transaction that began to write before its own has ended: an empty
    answer does not mean that nothing was committed, see ``is_behind``.
    """
    place = sa.tuple_(event.c.tx, event.c.id)
    select = sa.select(event).where(
        place > sa.tuple_(cursor.tx, cursor.event_id), event.c.tx < sa.func.event_horizon()
    )
    return _events(conn, select.order_by(event.c.tx, event.c.id).limit(limit))


def events_of(conn: sa.Connection, permit_id: UUID) -> list[Event]:
    """Return everything that happened to one permit, in order."""
    return _events(conn, sa.select(event).where(event.c.permit_id == permit_id).order_by(event.c.id))


def is_behind(conn: sa.Connection, cursor: Cursor) -> bool:
    """Say whether committed events stand after ``cursor``, readable now or soon."""
    place = sa.tuple_(event.c.tx, event.c.id)
    later = sa.select(event.c.id).where(place > sa.tuple_(cursor.tx, cursor.event_id))
    return bool(conn.execute(sa.select(later.exists())).scalar_one())


def position(conn: sa.Connection, name: str, lock: bool = False) -> Cursor:
    """Return where the consumer ``name`` stands; with ``lock`` a second one waits until we are done."""
    if lock:
        first = postgresql.insert(consumer).values(name=name, tx=START.tx, event_id=START.event_id)
        conn.execute(first.on_conflict_do_nothing())
    select = sa.select(consumer).where(consumer.c.name == name)
    row = conn.execute(select.with_for_update() if lock else select).first()
    return START if row is None else Cursor(row.tx, row.event_id)


def advance(conn: sa.Connection, name: str, cursor: Cursor) -> None:
    """Note that the consumer ``name`` has dealt with everything up to ``cursor``; it never goes back."""
    insert = postgresql.insert(consumer).values(name=name, tx=cursor.tx, event_id=cursor.event_id)
    further = sa.tuple_(insert.excluded.tx, insert.excluded.event_id) > sa.tuple_(
        consumer.c.tx, consumer.c.event_id
    )
    values = {"tx": insert.excluded.tx, "event_id": insert.excluded.event_id}
    conn.execute(insert.on_conflict_do_update(index_elements=["name"], set_=values, where=further))


def rewind(conn: sa.Connection, name: str) -> None:
    """Let the consumer ``name`` read everything anew (for a rebuild of what it makes)."""
    conn.execute(sa.delete(consumer).where(consumer.c.name == name))


def _events(conn: sa.Connection, select: sa.Select[Any]) -> list[Event]:
    return [
        Event(row.id, row.at, row.permit_id, row.kind, row.actor, row.data, Cursor(row.tx, row.id))
        for row in conn.execute(select)
    ]
