"""Alembic's entry: runs on the connection that ``Database.migrate`` hands over, in its transaction."""

from alembic import context

from archive.tables import metadata


def _ours(_thing: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Leave the job queue's tables to procrastinate."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, include_object=_ours
)
context.run_migrations()
