"""The way to PostgreSQL: connections, transactions, migrations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import exc

from archive.errors import DatabaseUnavailable, NotStorable

MIGRATIONS = Path(__file__).parent / "migrations"
# Two processes that start at once must not migrate at once; the number is only ours ("sahih" in ASCII).
_MIGRATION_LOCK = 0x73_61_68_69_68
_CONNECT_SECONDS = 5


class Database:
    """A pool of connections to one PostgreSQL database; thread-safe; opens none before it is asked to.

    Args:
        url: ``postgresql://user:password@host:port/name``.
        pool_size: connections kept; as many again are opened under load.
        statement_timeout: how long one statement may take before PostgreSQL cancels it.
    """

    def __init__(
        self, url: str, pool_size: int = 8, statement_timeout: timedelta = timedelta(seconds=30)
    ) -> None:
        limit = int(statement_timeout.total_seconds() * 1000)
        self.engine = sa.create_engine(
            sa.make_url(url).set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=10,
            pool_pre_ping=True,
            json_serializer=partial(json.dumps, ensure_ascii=False),
            connect_args={
                "connect_timeout": _CONNECT_SECONDS,
                "options": f"-c statement_timeout={limit} -c lock_timeout={limit} -c timezone=UTC"
                " -c idle_in_transaction_session_timeout=60000",
            },
        )

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """Open one transaction (READ COMMITTED): committed at the end, rolled back on any exception.

        Raises:
            DatabaseUnavailable: no connection, a dead one, a deadlock or a time-out.
            NotStorable: a value that PostgreSQL cannot hold.
        """
        with _translated(), self.engine.begin() as conn:
            yield conn

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a read-only transaction (READ COMMITTED); writing in it is refused.

        Raises:
            DatabaseUnavailable: as in ``begin``.
        """
        with _translated(), self.engine.connect() as conn:
            yield conn.execution_options(postgresql_readonly=True)

    def migrate(self) -> None:
        """Bring the schema to the newest form; safe when several processes do so at once.

        Raises:
            DatabaseUnavailable: as in ``begin``; the schema is then as it was.
        """
        with _translated(), self.engine.begin() as conn:
            conn.execute(sa.text("SET LOCAL statement_timeout = 0"))
            conn.execute(sa.text("SET LOCAL lock_timeout = 0"))
            conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = conn
            command.upgrade(config, "head")
            # A backup restored into a new cluster holds events of "later" transactions: move the clock on.
            conn.execute(sa.text("SELECT event_clock_catch_up()"))

    def ping(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            DatabaseUnavailable: there was none.
        """
        with self.read() as conn:
            conn.execute(sa.select(1))

    def close(self) -> None:
        """Close the pooled connections."""
        self.engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
        # The driver's first line only: statements and their values may hold personal data.
        origin = getattr(error, "orig", None) or error
        raise DatabaseUnavailable(str(origin).partition("\n")[0]) from error
    except (exc.DataError, UnicodeEncodeError) as error:
        raise NotStorable("a value holds what PostgreSQL cannot store") from error
