"""What a crash left between PostgreSQL and the object store is finished; what cannot be stops nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from archive import records, registry, versions
from archive.database import Database
from archive.objects import S3Objects
from archive.ports import object_key
from office.publish import Store, sweep
from permits.catalog import Catalog
from permits.permit import Permit, State
from permits.profile import load_profile


def left_behind(database: Database, permit: Permit, data: bytes) -> str:
    """Keep signed bytes as signing does just before it stores them; returns the object's key."""
    key, now = object_key(2026, permit.type_code, permit.id), datetime.now(UTC) - timedelta(minutes=1)
    with database.begin() as conn:
        sha256 = versions.keep_bytes(conn, permit.id, 1, data, now)
        new = versions.Version(permit.id, 1, sha256, "B-T", len(data), now, key)
        versions.add_version(conn, new)
    return key


def test_the_sweep_finishes_the_rest_when_one_cannot_be_stored(
    database: Database, objects: S3Objects, add: Callable[..., Permit], take: Callable[..., Permit]
) -> None:
    store = Store(database, objects, Catalog.load(), load_profile(), lambda: datetime.now(UTC))
    blocked, free = (take(add(state=State.SUBMITTED).id) for _ in range(2))
    key, other = left_behind(database, blocked, b"%PDF ours"), b"%PDF of someone else"
    until = datetime.now(UTC) + timedelta(seconds=30)
    objects.put_first(key, other, hashlib.sha256(other).hexdigest(), until)
    left_behind(database, free, b"%PDF also ours")
    for _ in range(2):
        sweep(store)
    with database.read() as conn:
        assert registry.get_permit(conn, free.id).state is State.SIGNED
        assert registry.get_permit(conn, blocked.id).state is State.SUBMITTED
        assert versions.kept(conn, blocked.id, 1) is not None
        (told,) = records.open_failures(conn)
    assert (told.permit_id, told.what, told.attempts) == (blocked.id, "publish", 2)
