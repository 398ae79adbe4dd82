"""The registry of permits: functions on a connection whose transaction the caller opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from archive.errors import NoSuchPermit, StaleRevision
from archive.tables import number_series, permit
from permits.permit import Permit, State

_NAMES = tuple(f.name for f in fields(Permit))
_COLUMNS = tuple(permit.c[name] for name in _NAMES)


@dataclass(frozen=True)
class Place:
    """Where a page of a list ended: newest first, so the next page begins below it."""

    created_at: datetime
    permit_id: UUID


@dataclass(frozen=True)
class Wanted:
    """Which permits a list holds. ``types`` is a fence set from the person's rights; None: all."""

    types: frozenset[str] | None = None
    type_code: str | None = None
    states: frozenset[State] | None = None
    created_by: str | None = None
    numbered: bool | None = None
    after: Place | None = None
    limit: int = 100


def insert_permit(conn: sa.Connection, new: Permit) -> Permit:
    """Register ``new``; if its type and ``batch_key`` are there already, return that permit instead."""
    values = {name: getattr(new, name) for name in _NAMES} | {
        "facts": dict(new.facts),
        "state": new.state.value,
    }
    insert = postgresql.insert(permit).values(values)
    insert = insert.on_conflict_do_nothing(index_elements=["type_code", "batch_key"])
    if conn.execute(insert.returning(permit.c.id)).first() is not None:
        return new
    found = by_batch_key(conn, new.type_code, new.batch_key or "")
    if found is None:  # a snapshot older than the other's commit: only under REPEATABLE READ
        raise NoSuchPermit(new.id)
    return found


def get_permit(conn: sa.Connection, permit_id: UUID, lock: bool = False) -> Permit:
    """Return a permit; with ``lock`` nobody else changes it until the transaction ends.

    Raises:
        NoSuchPermit: there is none.
    """
    select = sa.select(*_COLUMNS).where(permit.c.id == permit_id)
    found = _one(conn, select.with_for_update() if lock else select)
    if found is None:
        raise NoSuchPermit(permit_id)
    return found


def find_permit(conn: sa.Connection, permit_id: UUID) -> Permit | None:
    """Return a permit, or None."""
    return _one(conn, sa.select(*_COLUMNS).where(permit.c.id == permit_id))


def by_number(conn: sa.Connection, number: str) -> Permit | None:
    """Return the permit of exactly that number."""
    return _one(conn, sa.select(*_COLUMNS).where(permit.c.number == sayable(number)))


def by_token(conn: sa.Connection, token: str) -> Permit | None:
    """Return the permit of exactly that (canonical) token."""
    return _one(conn, sa.select(*_COLUMNS).where(permit.c.token == sayable(token)))


def by_batch_key(conn: sa.Connection, type_code: str, batch_key: str) -> Permit | None:
    """Return the permit that a batch's line made before."""
    wanted = sa.and_(permit.c.type_code == type_code, permit.c.batch_key == sayable(batch_key))
    return _one(conn, sa.select(*_COLUMNS).where(wanted))


def sayable(typed: str) -> str:
    """Return typed text as something to look for: what cannot be stored becomes what is never found."""
    return typed.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def list_permits(conn: sa.Connection, wanted: Wanted) -> list[Permit]:
    """Return a page of permits, newest first; the next page is ``after=place_of(page[-1])``."""
    select = sa.select(*_COLUMNS).order_by(permit.c.created_at.desc(), permit.c.id.desc()).limit(wanted.limit)
    if wanted.types is not None:
        select = select.where(permit.c.type_code.in_(sorted(wanted.types)))
    if wanted.type_code is not None:
        select = select.where(permit.c.type_code == wanted.type_code)
    if wanted.states is not None:
        select = select.where(permit.c.state.in_(sorted(s.value for s in wanted.states)))
    if wanted.created_by is not None:
        select = select.where(permit.c.created_by == wanted.created_by)
    if wanted.numbered is not None:
        select = select.where(permit.c.number.is_not(None) if wanted.numbered else permit.c.number.is_(None))
    if wanted.after is not None:
        place = sa.tuple_(permit.c.created_at, permit.c.id)
        select = select.where(place < sa.tuple_(wanted.after.created_at, wanted.after.permit_id))
    return [_permit(row) for row in conn.execute(select).mappings()]


def place_of(last: Permit) -> Place:
    """Return the place at which a page that ends with ``last`` ended."""
    return Place(last.created_at, last.id)


def register(conn: sa.Connection, type_code: str, year: int) -> list[Permit]:
    """Return one series as the register (buku register) shows it: every number, withdrawn ones too."""
    select = sa.select(*_COLUMNS).where(permit.c.type_code == type_code, permit.c.series_year == year)
    return [_permit(row) for row in conn.execute(select.order_by(permit.c.serial)).mappings()]


def update_permit(
    conn: sa.Connection, permit_id: UUID, expected_revision: int, now: datetime, **changes: Any
) -> Permit:
    """Change columns of a permit and count its revision up; ``changes`` are columns of ``tables.permit``.

    Raises:
        StaleRevision: the permit's revision is not ``expected_revision``.
        NoSuchPermit: there is none.
    """
    values = dict(changes)
    if "state" in values:
        values["state"] = State(values["state"]).value
    if "facts" in values:
        values["facts"] = dict(values["facts"])
    update = (
        sa.update(permit)
        .where(permit.c.id == permit_id, permit.c.revision == expected_revision)
        .values(revision=expected_revision + 1, updated_at=now, **values)
    )
    row = conn.execute(update.returning(*_COLUMNS)).mappings().first()
    if row is None:
        raise StaleRevision(permit_id, expected_revision, get_permit(conn, permit_id).revision)
    return _permit(row)


def take_number(
    conn: sa.Connection,
    permit_id: UUID,
    *,
    year: int,
    start: int,
    make_number: Callable[[int], str],
    make_token: Callable[[], str],
    now: datetime,
    **changes: Any,
) -> Permit:
    """Give a permit the next number of its type's series of ``year``, once and for ever.

    Number, serial, year and token are written with the series in this transaction: a roll-back leaves no
    gap, and a permit that has a number keeps it (``changes`` are then not applied). Nobody else numbers
    in that series until the transaction ends: keep it short, and take one number in it.

    Args:
        conn: the caller's transaction.
        permit_id: the permit.
        year: the series' year.
        start: the first serial of a series that does not exist yet.
        make_number: serial -> number, as people read it.
        make_token: gives a fresh token.
        now: the time of the change.
        changes: columns of ``tables.permit`` that are written along.

    Raises:
        NoSuchPermit: there is none.
    """
    found = get_permit(conn, permit_id, lock=True)
    if found.number is not None:
        return found
    insert = postgresql.insert(number_series).values(
        type_code=found.type_code, year=year, start=start, next=start + 1
    )
    upsert = insert.on_conflict_do_update(
        index_elements=["type_code", "year"], set_={"next": number_series.c.next + 1}
    )
    serial = conn.execute(upsert.returning(number_series.c.next - 1)).scalar_one()
    return update_permit(
        conn,
        permit_id,
        found.revision,
        now,
        number=make_number(serial),
        serial=serial,
        series_year=year,
        token=make_token(),
        **changes,
    )


def _one(conn: sa.Connection, select: sa.Select[Any]) -> Permit | None:
    row = conn.execute(select).mappings().first()
    return None if row is None else _permit(row)


def _permit(row: sa.RowMapping) -> Permit:
    return Permit(**{name: row[name] for name in _NAMES} | {"state": State(row["state"])})
