"""The audit is clean when all stores agree, and names each way in which they may not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest
import sqlalchemy as sa
from botocore.config import Config

from archive import events, jobs, records, registry, versions
from archive.audit import Finding, Kind, audit
from archive.database import Database
from archive.objects import S3Objects, object_key
from archive.versions import Version
from permits.permit import Permit, State

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
UNTIL = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def house(
    database: Database, objects: S3Objects, add: Callable[..., Permit], take: Callable[..., Permit]
) -> House:
    return House(database, objects, add, take)


class House:
    """Issues as the office does, step by step, and audits."""

    def __init__(self, database: Database, objects: S3Objects, add: Any, take: Any) -> None:
        self.database, self.objects, self.add, self.take = database, objects, add, take
        self.index: dict[UUID, int] = {}

    def number(self) -> Permit:
        return self.take(self.add().id)

    def keep(self, permit: Permit) -> Version:
        data = b"%PDF " + permit.id.bytes
        key = object_key(2026, "sktu", permit.id)
        new = Version(permit.id, 1, hashlib.sha256(data).hexdigest(), "B-T", len(data), NOW, key)
        with self.database.begin() as conn:
            versions.add_version(conn, new)
            versions.keep_bytes(conn, permit.id, 1, data, NOW)
        return new

    def show(self, permit: Permit, object_version: str) -> Permit:
        with self.database.begin() as conn:
            versions.mark_stored(conn, permit.id, 1, object_version, NOW)
            versions.make_visible(conn, permit.id, 1)
            permit = registry.update_permit(conn, permit.id, permit.revision, NOW, state=State.SIGNED)
        self.index[permit.id] = permit.revision
        return permit

    def issue(self) -> Permit:
        permit = self.number()
        new = self.keep(permit)
        data = b"%PDF " + permit.id.bytes
        object_version = self.objects.put_first(new.object_key, data, new.sha256, UNTIL)
        self.objects.put_manifest(new.object_key, b"{}", UNTIL)
        return self.show(permit, object_version)

    def audit(self, now: datetime = LATER) -> list[Finding]:
        return list(audit(self.database, self.objects, self.index.items(), now, full=True))

    def found(self) -> list[tuple[Kind, UUID | None]]:
        return [(finding.kind, finding.permit_id) for finding in self.audit()]


def test_a_house_in_order_is_clean(house: House) -> None:
    for _ in range(3):
        house.issue()
    assert house.audit() == []


def test_a_draft_or_a_withdrawn_number_is_no_defect(house: House) -> None:
    house.add()
    permit = house.number()
    with house.database.begin() as conn:
        registry.update_permit(conn, permit.id, permit.revision, NOW, state=State.WITHDRAWN)
    assert house.audit() == []


def test_a_missing_object_is_named(house: House) -> None:
    permit = house.number()
    house.keep(permit)
    house.show(permit, "no-such-version")
    assert house.found() == [(Kind.OBJECT_MISSING, permit.id), (Kind.MANIFEST_MISSING, permit.id)]


def test_an_object_that_nobody_knows_is_named(house: House) -> None:
    house.issue()
    house.objects.put_first(object_key(2026, "sktu", uuid4()), b"x", hashlib.sha256(b"x").hexdigest(), UNTIL)
    assert house.found() == [(Kind.OBJECT_ORPHAN, None)]


def test_a_further_version_that_nobody_knows_is_named(house: House) -> None:
    permit = house.issue()
    key = object_key(2026, "sktu", permit.id)
    house.objects.put_next(key, b"forged", hashlib.sha256(b"forged").hexdigest(), UNTIL)
    assert house.found() == [(Kind.OBJECT_ORPHAN, permit.id)]


def test_other_bytes_of_the_same_size_are_named(house: House, s3: Any) -> None:
    permit = house.number()
    new = house.keep(permit)
    client = boto3.client(
        "s3",
        endpoint_url=s3.endpoint,
        aws_access_key_id=s3.access_key,
        aws_secret_access_key=s3.secret_key,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}),
    )
    reply = client.put_object(Bucket=house.objects.bucket, Key=new.object_key, Body=b"x" * new.size)
    client.close()
    house.objects.put_manifest(new.object_key, b"{}", UNTIL)
    house.show(permit, reply["VersionId"])
    assert house.found() == [(Kind.OBJECT_DAMAGED, permit.id)]


def test_a_signing_that_stopped_half_way_is_named_once_it_is_old(house: House) -> None:
    numbered, kept = house.number(), house.number()
    house.keep(kept)
    young = house.audit(NOW + timedelta(seconds=1))
    assert {finding.kind for finding in young} == {Kind.PENDING}
    assert {finding.permit_id for finding in young} == {numbered.id, kept.id}
    assert sorted(house.found(), key=str) == sorted(
        [(Kind.UNFINISHED, numbered.id), (Kind.UNFINISHED, kept.id), (Kind.UNFINISHED, kept.id)], key=str
    )


def test_a_signed_permit_without_a_version_is_named(house: House) -> None:
    permit = house.number()
    with house.database.begin() as conn:
        permit = registry.update_permit(conn, permit.id, permit.revision, NOW, state=State.SIGNED)
    house.index[permit.id] = permit.revision
    assert house.found() == [(Kind.VERSION_MISSING, permit.id)]


def test_a_gap_in_a_series_is_named(house: House) -> None:
    house.issue()
    with house.database.begin() as conn:
        conn.execute(sa.text("UPDATE number_series SET next = next + 2"))
    assert [f.detail for f in house.audit()] == ["series sktu 2026: serial 2", "series sktu 2026: serial 3"]
    with house.database.begin() as conn:
        conn.execute(sa.text("UPDATE number_series SET next = 1"))
    assert [f.kind for f in house.audit()] == [Kind.NUMBER_GAP]


def test_what_the_index_lacks_or_has_too_much_is_named(house: House) -> None:
    missing, stale = house.issue(), house.issue()
    extra = uuid4()
    del house.index[missing.id]
    house.index |= {stale.id: 1, extra: 1}
    assert set(house.found()) == {
        (Kind.INDEX_MISSING, missing.id),
        (Kind.INDEX_STALE, stale.id),
        (Kind.INDEX_EXTRA, extra),
    }


def test_what_a_job_is_about_is_pending(house: House) -> None:
    permit = house.issue()
    del house.index[permit.id]
    with house.database.begin() as conn:
        jobs.defer(conn, "index", {"permit_id": str(permit.id)})
    assert set(house.found()) == {(Kind.PENDING, permit.id)}


def test_what_the_index_has_yet_to_read_is_pending(house: House) -> None:
    permit = house.issue()
    del house.index[permit.id]
    with house.database.begin() as conn:
        records.record_event(conn, NOW, permit.id, "signed", "kadis", {})
    assert set(house.found()) == {(Kind.PENDING, None), (Kind.PENDING, permit.id)}
    with house.database.begin() as conn:
        events.advance(conn, "index", events.events_after(conn, events.START)[-1].cursor)


def test_what_changed_while_the_audit_looks_is_pending(house: House) -> None:
    permit = house.issue()
    del house.index[permit.id]
    assert [f.kind for f in house.audit(NOW)] == [Kind.PENDING]
