"""No reader of events ever skips one; logs only grow."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from archive import events, records
from archive.database import Database
from archive.events import START, Cursor
from permits.permit import Permit

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def record(database: Database, permit: Permit, kind: str) -> None:
    with database.begin() as conn:
        records.record_event(conn, NOW, permit.id, kind, "ani", {"x": "\x00é"})


def kinds(database: Database, cursor: Cursor = START) -> list[str]:
    with database.read() as conn:
        return [event.kind for event in events.events_after(conn, cursor)]


def test_a_reader_never_passes_an_event_that_commits_late(
    database: Database, add: Callable[..., Permit]
) -> None:
    permit = add()
    record(database, permit, "first")
    with database.read() as conn:
        place = events.events_after(conn, START)[-1].cursor
    with database.begin() as slow:
        records.record_event(slow, NOW, permit.id, "slow", "ani", {})
        record(database, permit, "quick")  # a higher number, committed first
        assert kinds(database, place) == []
        with database.read() as conn:
            assert events.is_behind(conn, place)
    assert kinds(database, place) == ["slow", "quick"]


def test_a_reader_never_passes_a_lower_number_of_a_younger_transaction(
    database: Database, add: Callable[..., Permit]
) -> None:
    permit = add()
    with database.begin() as old, database.begin() as young:
        old.execute(sa.text("SELECT pg_current_xact_id()"))
        records.record_event(young, NOW, permit.id, "young", "ani", {})
        records.record_event(old, NOW, permit.id, "old", "ani", {})
        old.commit()
        with database.read() as conn:
            seen = events.events_after(conn, START)
        young.commit()
    assert [event.kind for event in seen] == ["old"]
    assert kinds(database, seen[-1].cursor) == ["young"]


def test_many_writers_one_reader_every_event_once(database: Database, add: Callable[..., Permit]) -> None:
    permit, stop, seen = add(), threading.Event(), list[int]()

    def read() -> None:
        place = START
        while True:
            last = stop.is_set()
            with database.read() as conn:
                found = events.events_after(conn, place, limit=7)
            seen.extend(event.id for event in found)
            if found:
                place = found[-1].cursor
            elif last:
                return

    reader = threading.Thread(target=read)
    reader.start()

    def write(i: int) -> None:
        with database.begin() as conn:
            for _ in range(i % 4):
                records.record_event(conn, NOW, permit.id, str(i), "ani", {})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(200)))
    stop.set()
    reader.join(60)
    with database.read() as conn:
        assert sorted(seen) == sorted(conn.execute(sa.text("SELECT id FROM event")).scalars())
    assert len(seen) == len(set(seen)) == 300


def test_events_go_on_after_a_backup_is_restored_into_a_younger_cluster(
    database: Database, add: Callable[..., Permit]
) -> None:
    permit = add()
    record(database, permit, "before")
    with database.begin() as conn:  # as if every row came from a cluster a million transactions older
        conn.execute(sa.text("ALTER TABLE event DISABLE TRIGGER ALL"))
        conn.execute(sa.text("UPDATE event SET tx = tx + 1000000"))
        conn.execute(sa.text("ALTER TABLE event ENABLE TRIGGER ALL"))
    assert kinds(database) == []
    database.migrate()
    record(database, permit, "after")
    assert kinds(database) == ["before", "after"]


def test_a_place_is_kept_and_never_goes_back(database: Database) -> None:
    with database.begin() as conn:
        assert events.position(conn, "index") == START
        events.advance(conn, "index", Cursor(5, 7))
        events.advance(conn, "index", Cursor(5, 6))
        assert events.position(conn, "index", lock=True) == Cursor(5, 7)
        events.rewind(conn, "index")
        assert events.position(conn, "index", lock=True) == START


@pytest.mark.parametrize("table", ["event", "audit_log"])
@pytest.mark.parametrize("change", ["UPDATE {} SET actor = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_logs_only_grow(database: Database, table: str, change: str, add: Callable[..., Permit]) -> None:
    permit = add()
    record(database, permit, "one")
    with database.begin() as conn:
        records.record_audit(conn, NOW, "a\x00\ud800", "login", "x", None, {"typed": ["\x00"]})
    with pytest.raises(exc.IntegrityError), database.begin() as conn:
        conn.execute(sa.text(change.format(table)))
    with database.read() as conn:
        assert [event.data for event in events.events_of(conn, permit.id)] == [{"x": "é"}]
