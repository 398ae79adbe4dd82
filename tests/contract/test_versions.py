"""What the registry promises of a permit's versions and of bytes that the store has yet to prove."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from archive import versions
from archive.database import Database
from archive.errors import VersionConflict
from archive.versions import Version
from permits.permit import Permit

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def version(permit: Permit, n: int, data: bytes, **changes: object) -> Version:
    digest = hashlib.sha256(data).hexdigest()
    return dataclasses.replace(
        Version(permit.id, n, digest, "B-T", len(data), NOW, f"2026/sktu/{permit.id}.pdf"), **changes
    )


def test_a_version_shows_only_when_it_is_stored(
    database: Database, add: Callable[..., Permit], take: Callable[..., Permit]
) -> None:
    permit, data = take(add().id), b"%PDF one"
    new = version(permit, 1, data, verdict={"verdict": "genuine"})
    with database.begin() as conn:
        versions.add_version(conn, new)
        assert versions.keep_bytes(conn, permit.id, 1, data, NOW) == new.sha256
    with database.read() as conn:
        assert versions.versions(conn, permit.id) == []
        assert versions.versions(conn, permit.id, hidden=True) == [new]
        assert versions.by_sha256(conn, new.sha256) is None
        assert versions.unstored(conn, NOW + timedelta(seconds=1)) == [(permit.id, 1)]
        assert versions.unstored(conn, NOW) == []
    with pytest.raises(exc.IntegrityError), database.begin() as conn:
        versions.make_visible(conn, permit.id, 1)
    with database.begin() as conn:
        assert not versions.drop_kept(conn, permit.id, 1, new.sha256)
        versions.mark_stored(conn, permit.id, 1, "v-id", NOW)
        versions.make_visible(conn, permit.id, 1)
    with database.read() as conn:
        shown = dataclasses.replace(new, object_version="v-id", visible=True)
        assert versions.by_sha256(conn, new.sha256) == (permit, shown)
        found = versions.kept(conn, permit.id, 1)
        assert found is not None
        assert (found.data, found.stored_at) == (data, NOW)
        assert versions.uncompared(conn, NOW + timedelta(seconds=1)) == [(permit.id, 1)]
    with database.begin() as conn:
        assert not versions.drop_kept(conn, permit.id, 1, "0" * 64)
        assert versions.drop_kept(conn, permit.id, 1, new.sha256)
        assert versions.kept(conn, permit.id, 1) is None


def test_keeping_twice_is_the_same_and_other_bytes_are_refused(
    database: Database, add: Callable[..., Permit], take: Callable[..., Permit]
) -> None:
    permit = take(add().id)
    for _ in range(2):
        with database.begin() as conn:
            versions.add_version(conn, version(permit, 1, b"one"))
            versions.keep_bytes(conn, permit.id, 1, b"one", NOW)
    with pytest.raises(VersionConflict), database.begin() as conn:
        versions.keep_bytes(conn, permit.id, 1, b"two", NOW)
    with pytest.raises(VersionConflict), database.begin() as conn:
        versions.add_version(conn, version(permit, 1, b"two"))


def test_other_bytes_are_refused_even_when_the_kept_ones_are_gone(
    database: Database, add: Callable[..., Permit], take: Callable[..., Permit]
) -> None:
    permit = take(add().id)
    with database.begin() as conn:
        versions.add_version(conn, version(permit, 1, b"one", object_version="v", visible=True))
    with pytest.raises(VersionConflict), database.begin() as conn:
        versions.keep_bytes(conn, permit.id, 1, b"two", NOW)


def test_of_eight_signed_files_for_one_number_one_is_kept(
    database: Database, add: Callable[..., Permit], take: Callable[..., Permit]
) -> None:
    permit = take(add().id)

    def keep(i: int) -> bool:
        try:
            with database.begin() as conn:
                versions.keep_bytes(conn, permit.id, 1, b"file %d" % i, NOW)
        except VersionConflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(keep, range(8))) == 1


def test_an_issued_version_cannot_be_taken_back(
    database: Database, add: Callable[..., Permit], take: Callable[..., Permit]
) -> None:
    permit = take(add().id)
    with database.begin() as conn:
        versions.add_version(conn, version(permit, 1, b"one", object_version="v", visible=True))
    for change in (
        "DELETE FROM version",
        "UPDATE version SET sha256 = 'x'",
        "UPDATE version SET visible = false",
    ):
        with pytest.raises(exc.IntegrityError), database.begin() as conn:
            conn.execute(sa.text(change))
