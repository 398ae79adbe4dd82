"""The first schema: extensions, the job queue, the registry, the search table."""

from pathlib import Path

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply. There is no way down: a registry is not unmade."""
    # The driver's own connection takes many statements in one text and reads no % in them.
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        raise RuntimeError("the migration needs a live connection")
    driver.execute(SchemaManager.get_schema())
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
