"""The migrated schema is the one that the code believes in, however often and by whomever it is migrated."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from archive.database import Database
from archive.tables import metadata


def test_migrations_and_tables_say_the_same(database: Database) -> None:
    def ours(_thing: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return not (kind == "table" and (name or "").startswith("procrastinate_"))

    options = {"include_object": ours, "compare_type": True, "compare_server_default": False}
    with database.engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn, opts=options), metadata) == []
        mine = {(t.name, c.name) for t in metadata.tables.values() for c in t.constraints if c.name}
        there = conn.execute(
            sa.text("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype <> 'n'")
        )
        assert {(t, c) for t, c in mine if not c.endswith("_pkey")} <= {(t, c) for t, c in there}


def test_eight_migrate_at_once(empty_database: str) -> None:
    many = [Database(empty_database, pool_size=1) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(Database.migrate, many))
    with many[0].read() as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
        assert conn.execute(sa.text("SELECT count(*) FROM procrastinate_jobs")).scalar_one() == 0
    for one in many:
        one.close()


def test_a_second_migration_changes_nothing(database: Database) -> None:
    database.migrate()
    database.ping()
