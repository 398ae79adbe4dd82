"""Putting jobs on the queue in the transaction that makes them necessary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

# The function that procrastinate 3.2 and later call themselves (its sql/schema.sql).
_DEFER = sa.text("""
    SELECT (procrastinate_defer_jobs_v1(ARRAY[ROW(
        :queue, :task, :priority, :lock, :queueing_lock, CAST(:args AS jsonb), :schedule_at
    )::procrastinate_job_to_defer_v1]))[1]
""").bindparams(sa.bindparam("schedule_at", type_=sa.DateTime(timezone=True)))
# Held until we commit: a worker passes a locked job by, so it cannot run before what we wrote is seen.
_WAITING = sa.text("""
    SELECT id FROM procrastinate_jobs WHERE queueing_lock = :queueing_lock AND status = 'todo' FOR SHARE
""")
_UNFINISHED = sa.text("""
    SELECT task_name, args FROM procrastinate_jobs WHERE status IN ('todo', 'doing')
""")


def defer(
    conn: sa.Connection,
    task_name: str,
    args: Mapping[str, Any],
    *,
    lock: str | None = None,
    queueing_lock: str | None = None,
    queue: str = "default",
    schedule_at: datetime | None = None,
    priority: int = 0,
) -> int | None:
    """Put a job on the queue; it exists exactly if the caller's transaction commits.

    Args:
        conn: the caller's transaction.
        task_name: the task's name as the worker knows it.
        args: its arguments, as JSON holds them.
        lock: jobs of one lock run one after the other, in order.
        queueing_lock: at most one *waiting* job has it; if one waits, no second is made, and the one that
            waits starts only after this transaction.
        queue: the queue's name.
        schedule_at: not before then (aware).
        priority: higher runs first.

    Returns:
        The job's id, or None when one with that ``queueing_lock`` waits already.
    """
    values = {
        "queue": queue,
        "task": task_name,
        "priority": priority,
        "lock": lock,
        "queueing_lock": queueing_lock,
        "args": json.dumps(dict(args)),
        "schedule_at": schedule_at,
    }
    if queueing_lock is None:
        return _insert(conn, values)
    if conn.execute(_WAITING, {"queueing_lock": queueing_lock}).first() is not None:
        return None
    try:
        with conn.begin_nested():
            return _insert(conn, values)
    except exc.IntegrityError:  # another transaction put it there in between, and has committed
        conn.execute(_WAITING, {"queueing_lock": queueing_lock})
        return None


def unfinished(conn: sa.Connection) -> list[tuple[str, Mapping[str, Any]]]:
    """Return task name and arguments of every job that waits or runs."""
    return [(row.task_name, row.args) for row in conn.execute(_UNFINISHED)]


def _insert(conn: sa.Connection, values: Mapping[str, Any]) -> int:
    return int(conn.execute(_DEFER, values).scalar_one())
