"""The worker (`sahih worker`): preserves, indexes, compares, and mends what crashes left."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import procrastinate
from procrastinate import JobContext, RetryStrategy

from archive import records
from archive.errors import ArchiveError, DatabaseUnavailable
from certs.errors import CertsError
from certs.revocation import RevocationClient
from certs.timestamp import TimestampClient
from esign.errors import EsignError
from office import indexing, jobs, preserve, publish
from office.context import Office
from office.errors import OfficeError
from search.errors import SearchError

if TYPE_CHECKING:
    from api.settings import Settings

RETRY = RetryStrategy(max_attempts=jobs.ATTEMPTS, exponential_wait=2)
_KNOWN = (ArchiveError, CertsError, EsignError, OfficeError, SearchError)
HEARTBEAT_S = 2.0
SILENT_S = 20.0
COMPARE_AFTER = timedelta(seconds=10)


@dataclass(frozen=True)
class Sides:
    """What the jobs work with. The revocation client belongs to one thread: each thread gets its own."""

    store: publish.Store
    indexing: indexing.IndexingSide
    stamps: TimestampClient
    office: Office
    authority_url: str | None
    threads: threading.local

    def preserving(self) -> preserve.PreservingSide:
        """Return this thread's way to preserve."""
        if not hasattr(self.threads, "proofs"):
            self.threads.proofs = RevocationClient(10.0, origin=self.authority_url)
        return preserve.PreservingSide(self.store, self.stamps, self.threads.proofs, self.office.trust)


def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; jobs that run are finished first."""
    from api.bootstrap import close_office, open_worker_sides

    _stand_back()
    sides = open_worker_sides(settings)
    try:
        asyncio.run(_work(settings, sides))
    finally:
        sides.stamps.close()
        close_office(sides.office)


def _stand_back() -> None:
    """Run only when the processors have nothing else to do: people wait for signatures, nobody for jobs."""
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


async def _work(settings: Settings, sides: Sides) -> None:
    app = make_app(settings.database_dsn(), sides)
    async with app.open_async():
        working = asyncio.create_task(
            app.run_worker_async(
                concurrency=settings.worker_concurrency,
                shutdown_graceful_timeout=8,
                delete_jobs="successful",
                update_heartbeat_interval=HEARTBEAT_S,
                stalled_worker_timeout=SILENT_S,
            )
        )
        asyncio.get_running_loop().set_exception_handler(partial(_stop_on_lost_end, working))
        rescue = asyncio.create_task(_rescue(app))
        rescue.add_done_callback(lambda _: working.cancel())
        try:
            await working
        except asyncio.CancelledError:
            raise DatabaseUnavailable("the job queue was away; its worker begins anew") from None
        finally:
            rescue.cancel()


def _stop_on_lost_end(
    working: asyncio.Task[None], loop: asyncio.AbstractEventLoop, told: dict[str, Any]
) -> None:
    """End a worker that could not write how a job ended, for its queue was away.

    Procrastinate holds such a job for running as long as its worker lives; the next life finds it stalled.
    """
    loop.default_exception_handler(told)
    if isinstance(told.get("exception"), procrastinate.exceptions.ConnectorException):
        working.cancel()


async def _rescue(app: procrastinate.App) -> None:
    """Put jobs back on the queue whose worker died in their midst: each may run twice without harm."""
    while True:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_S):
            await app.job_manager.retry_job(job)
        await asyncio.sleep(HEARTBEAT_S)


def make_app(dsn: str, sides: Sides) -> procrastinate.App:
    """Return the job queue's application with the office's tasks."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=dsn))

    @app.task(name=jobs.PRESERVE, retry=RETRY, pass_context=True)
    def to_lta(context: JobContext, permit_id: str) -> None:
        _noted(sides, context, UUID(permit_id), lambda: preserve.to_lta(sides.preserving(), UUID(permit_id)))

    @app.task(name=jobs.COMPARE, retry=RETRY, pass_context=True)
    def compare(context: JobContext, permit_id: str, n: int) -> None:
        _noted(sides, context, UUID(permit_id), lambda: publish.compare(sides.store, UUID(permit_id), n))

    @app.task(name=jobs.MANIFEST, retry=RETRY, pass_context=True)
    def manifest(context: JobContext, permit_id: str) -> None:
        _noted(sides, context, UUID(permit_id), lambda: publish.write_manifest(sides.store, UUID(permit_id)))

    @app.task(name=jobs.INDEX, retry=RETRY, pass_context=True)
    def index(context: JobContext) -> None:
        _noted(sides, context, None, lambda: indexing.follow(sides.indexing))

    @app.periodic(cron="*/30 * * * * *")
    @app.task(name=jobs.SWEEP, queueing_lock=jobs.SWEEP, pass_context=True)
    def mend(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
        _noted(sides, context, None, lambda: _mend(sides))

    return app


def _mend(sides: Sides) -> None:
    publish.sweep(sides.store)
    indexing.follow(sides.indexing)
    publish.compare_left(sides.store, COMPARE_AFTER)


def _noted(sides: Sides, context: JobContext, permit_id: UUID | None, work: Callable[[], object]) -> None:
    """Do the work; a failure is written where staff see it before the queue tries again."""
    task = context.task.name if context.task else "job"
    try:
        work()
    except _KNOWN as error:
        with sides.store.database.begin() as conn:
            records.record_failure(
                conn, sides.store.clock(), "jobs", permit_id, task, f"{type(error).__name__}: {error}"
            )
        raise
    if context.job.attempts:
        with sides.store.database.begin() as conn:
            records.resolve_failure(conn, sides.store.clock(), "jobs", permit_id, task)
