"""Jobs and failures belong to their transaction; a database that is gone says so."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from archive import jobs, records
from archive.database import Database
from archive.errors import DatabaseUnavailable
from permits.permit import Permit

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("with_permit", [True, False])
def test_a_failure_counts_up_until_it_is_resolved(
    database: Database, with_permit: bool, add: Callable[..., Permit]
) -> None:
    permit_id = add().id if with_permit else None
    with database.begin() as conn:
        for i in range(3):
            records.record_failure(conn, NOW, "archive", permit_id, "store", f"try {i}")
        (one,) = records.open_failures(conn)
        assert (one.attempts, one.detail, one.permit_id) == (3, "try 2", permit_id)
        assert records.resolve_failure(conn, NOW, "archive", permit_id, "store")
        assert not records.resolve_failure(conn, NOW, "archive", permit_id, "store")
        assert records.open_failures(conn) == []
        records.record_failure(conn, NOW, "archive", permit_id, "store", "again")
        assert records.open_failures(conn)[0].attempts == 1


def waiting(database: Database) -> list[tuple[str, object]]:
    with database.read() as conn:
        return [(task, dict(args)) for task, args in jobs.unfinished(conn)]


def test_a_job_exists_exactly_if_its_transaction_does(database: Database) -> None:
    with database.engine.connect() as conn:
        jobs.defer(conn, "preserve", {"permit_id": "x"})
        conn.rollback()
    assert waiting(database) == []
    with database.begin() as conn:
        made = jobs.defer(conn, "preserve", {"s": "é"}, lock="p", queue="slow", schedule_at=NOW, priority=3)
    assert isinstance(made, int)
    with database.read() as conn:
        row = conn.execute(
            sa.text("SELECT queue_name, lock, scheduled_at, priority FROM procrastinate_jobs")
        ).one()
    assert tuple(row) == ("slow", "p", NOW, 3)
    assert waiting(database) == [("preserve", {"s": "é"})]


def test_one_waiting_job_a_queueing_lock_also_under_a_race(database: Database) -> None:
    def put(_: int) -> int | None:
        with database.begin() as conn:
            made = jobs.defer(conn, "index", {}, queueing_lock="index")
            jobs.defer(conn, "beside", {})
            return made

    with ThreadPoolExecutor(8) as pool:
        made = [one for one in pool.map(put, range(16)) if one is not None]
    assert len(made) == 1
    tasks = [task for task, _ in waiting(database)]
    assert (tasks.count("index"), tasks.count("beside")) == (1, 16)


def test_a_waiting_job_starts_only_after_who_relies_on_it(database: Database) -> None:
    fetch = sa.text("SELECT id FROM procrastinate_fetch_job_v2(NULL, 1)")
    with database.begin() as conn:
        conn.execute(sa.text("SELECT procrastinate_register_worker_v1()"))
        jobs.defer(conn, "index", {}, queueing_lock="index")
    with database.begin() as conn:
        assert jobs.defer(conn, "index", {}, queueing_lock="index") is None
        with database.begin() as worker:
            assert worker.execute(fetch).scalar_one() is None
    with database.begin() as worker:
        assert worker.execute(fetch).scalar_one() is not None


@pytest.mark.parametrize("ask", [Database.ping, Database.migrate])
def test_a_database_that_is_not_there_says_so(ask: Callable[[Database], None]) -> None:
    gone = Database("postgresql://sahih:rahasia@127.0.0.1:9/none")
    with pytest.raises(DatabaseUnavailable) as caught:
        ask(gone)
    assert "rahasia" not in str(caught.value)
    gone.close()


def test_a_statement_that_takes_too_long_is_ended(database: Database) -> None:
    short = Database(
        database.engine.url.render_as_string(hide_password=False), 1, timedelta(milliseconds=200)
    )
    with pytest.raises(DatabaseUnavailable), short.read() as conn:
        conn.execute(sa.text("SELECT pg_sleep(20)"))
    short.ping()
    short.close()
