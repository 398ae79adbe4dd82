"""Comparing the stores: bucket, registry, number series, index. It only reads, and tells what it finds.

What is under way is no defect: every finding about a permit for which a job still waits or runs, or whose
signing is younger than the grace time, has the kind ``pending``.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from archive import events, jobs
from archive.database import Database
from archive.errors import ObjectDamaged, ObjectMissing
from archive.ports import Objects, Stored, manifest_key
from archive.tables import kept_bytes, number_series, permit, version

GRACE = timedelta(minutes=5)
_ISSUED = ("signed", "revoked", "replaced")


class Kind(StrEnum):
    """What is wrong, or under way."""

    PENDING = "pending"
    OBJECT_MISSING = "object-missing"
    OBJECT_ORPHAN = "object-orphan"
    OBJECT_DAMAGED = "object-damaged"
    MANIFEST_MISSING = "manifest-missing"
    VERSION_MISSING = "version-missing"
    UNFINISHED = "unfinished"
    NUMBER_GAP = "number-gap"
    INDEX_MISSING = "index-missing"
    INDEX_STALE = "index-stale"
    INDEX_EXTRA = "index-extra"


@dataclass(frozen=True)
class Finding:
    """One thing that the stores disagree on. ``detail`` is for the office's log; it holds no facts."""

    kind: Kind
    permit_id: UUID | None
    detail: str


@dataclass(frozen=True)
class _Known:
    """A version as the registry has it."""

    permit_id: UUID
    n: int
    sha256: str
    size: int
    visible: bool
    stored: bool


def audit(
    database: Database,
    objects: Objects,
    index_revisions: Iterable[tuple[UUID, int]],
    now: datetime,
    *,
    full: bool = False,
    sample: int = 50,
    consumer: str = "index",
) -> Iterator[Finding]:
    """Yield what bucket, registry and index disagree on.

    Args:
        database: the registry.
        objects: the bucket.
        index_revisions: what the index holds (``Index.revisions()``).
        now: aware; how young a signing is counts from it.
        full: read every object back and compare its hash, instead of ``sample`` of them.
        sample: how many objects to read back, chosen at random.
        consumer: the name under which the index reads events.

    Raises:
        DatabaseUnavailable, ObjectsUnavailable: the comparison could not be finished.
    """
    busy, behind, waiting = _under_way(database, consumer)
    yield from waiting
    for finding in _bucket(database, objects, full, sample):
        yield _softened(finding, busy)
    for finding in _signings(database, now):
        yield _softened(finding, busy)
    yield from _numbers(database)
    for finding in _index(database, index_revisions, now):
        yield _softened(finding, busy | {finding.permit_id} if behind else busy)


def _softened(finding: Finding, busy: set[UUID | None]) -> Finding:
    if finding.permit_id is None or finding.permit_id not in busy:
        return finding
    return Finding(Kind.PENDING, finding.permit_id, f"{finding.kind}: {finding.detail}")


def _under_way(database: Database, consumer: str) -> tuple[set[UUID | None], bool, list[Finding]]:
    """Return the permits that jobs are about, whether the index has events to read, and a finding a job."""
    busy: set[UUID | None] = set()
    found: list[Finding] = []
    with database.read() as conn:
        behind = events.is_behind(conn, events.position(conn, consumer))
        for task, args in jobs.unfinished(conn):
            try:
                permit_id = UUID(str(args.get("permit_id")))
            except ValueError:
                permit_id = None
            busy.add(permit_id)
            found.append(Finding(Kind.PENDING, permit_id, f"job {task}"))
    if behind:
        found.append(Finding(Kind.PENDING, None, f"{consumer} has events to read"))
    return busy - {None}, behind, found


def _bucket(database: Database, objects: Objects, full: bool, sample: int) -> Iterator[Finding]:
    # The bucket first: what is stored while we look is then in the registry, not the other way about.
    listed = {(item.key, item.version): item for item in objects.list()}
    known, keys = _versions(database)
    there = {key for key, _ in listed}
    for (key, object_version), one in known.items():
        if not one.stored:
            continue
        item = listed.get((key, object_version)) or _late(objects, key, object_version)
        if item is None:
            yield Finding(Kind.OBJECT_MISSING, one.permit_id, f"{key} version {one.n}")
        elif item.size != one.size:
            yield Finding(Kind.OBJECT_DAMAGED, one.permit_id, f"{key} version {one.n}: size")
        manifest = manifest_key(key)
        if one.visible and one.n == 1 and manifest not in there and _late(objects, manifest, None) is None:
            yield Finding(Kind.MANIFEST_MISSING, one.permit_id, manifest)
    for key, object_version in listed.keys() - known.keys():
        pdf = key.removesuffix(".json")
        if pdf not in keys:
            yield Finding(Kind.OBJECT_ORPHAN, None, f"{key} ({object_version})")
        elif pdf == key and not keys[pdf][1]:
            yield Finding(Kind.OBJECT_ORPHAN, keys[pdf][0], f"{key} ({object_version})")
    stored = [(place, one) for place, one in known.items() if one.stored and place in listed]
    chosen = stored if full else random.sample(stored, min(sample, len(stored)))
    yield from _hashes(objects, chosen)


def _versions(database: Database) -> tuple[dict[tuple[str, str], _Known], dict[str, tuple[UUID, bool]]]:
    """Return the registry's versions by place, and by key the permit and whether a put of it is open."""
    v = version.c
    select = sa.select(v.permit_id, v.n, v.sha256, v.size, v.visible, v.object_key, v.object_version)
    known: dict[tuple[str, str], _Known] = {}
    keys: dict[str, tuple[UUID, bool]] = {}
    with database.read() as conn:
        for row in conn.execute(select):
            stored = row.object_version is not None
            place = (row.object_key, row.object_version or f"(version {row.n} not stored)")
            known[place] = _Known(row.permit_id, row.n, row.sha256, row.size, row.visible, stored)
            was_open = keys.get(row.object_key, (row.permit_id, False))[1]
            keys[row.object_key] = (row.permit_id, was_open or not stored)
    return known, keys


def _late(objects: Objects, key: str, object_version: str | None) -> Stored | None:
    """Look again for what was stored after the listing began."""
    try:
        return objects.head(key, object_version)
    except ObjectMissing:
        return None


def _hashes(objects: Objects, chosen: Iterable[tuple[tuple[str, str], _Known]]) -> Iterator[Finding]:
    for (key, object_version), one in chosen:
        try:
            objects.get(key, object_version, one.sha256)
        except ObjectDamaged:
            yield Finding(Kind.OBJECT_DAMAGED, one.permit_id, f"{key} version {one.n}: hash")
        except ObjectMissing:
            yield Finding(Kind.OBJECT_MISSING, one.permit_id, f"{key} version {one.n}")


def _signings(database: Database, now: datetime) -> Iterator[Finding]:
    """Find numbers without a signed permit, bytes without an object, permits without a version."""
    shown = sa.exists().where(version.c.permit_id == permit.c.id, version.c.visible)
    begun = sa.select(permit.c.id, permit.c.updated_at.label("at"), permit.c.number.label("what"))
    taken = begun.where(permit.c.number.is_not(None), permit.c.state.not_in((*_ISSUED, "withdrawn")))
    bare = begun.where(permit.c.state.in_(_ISSUED), ~shown)
    unstored = sa.select(kept_bytes.c.permit_id.label("id"), kept_bytes.c.created_at.label("at"))
    unstored = unstored.add_columns(kept_bytes.c.sha256.label("what")).where(kept_bytes.c.stored_at.is_(None))
    with database.read() as conn:
        rows = [
            (kind, row)
            for kind, select in (
                (Kind.UNFINISHED, taken),
                (Kind.VERSION_MISSING, bare),
                (Kind.UNFINISHED, unstored),
            )
            for row in conn.execute(select)
        ]
    for kind, row in rows:
        young = row.at > now - GRACE
        yield Finding(Kind.PENDING if young else kind, row.id, f"signing of {row.what}")


def _numbers(database: Database) -> Iterator[Finding]:
    """Find serials that the series gave and no permit has (a permit twice: the schema refuses it)."""
    s = number_series.c
    given = sa.func.generate_series(s.start, s.next - 1).table_valued("serial").render_derived()
    has = sa.exists().where(
        permit.c.type_code == s.type_code, permit.c.series_year == s.year, permit.c.serial == given.c.serial
    )
    gaps = sa.select(s.type_code, s.year, given.c.serial).select_from(number_series.join(given, sa.true()))
    beyond = (
        sa.select(permit.c.type_code, permit.c.series_year.label("year"), permit.c.serial)
        .join_from(
            permit,
            number_series,
            sa.and_(s.type_code == permit.c.type_code, s.year == permit.c.series_year),
            isouter=True,
        )
        .where(permit.c.serial.is_not(None), sa.func.coalesce(permit.c.serial >= s.next, sa.true()))
    )
    with database.read() as conn:
        rows = [*conn.execute(gaps.where(~has)), *conn.execute(beyond)]
    for row in rows:
        yield Finding(Kind.NUMBER_GAP, None, f"series {row.type_code} {row.year}: serial {row.serial}")


def _index(
    database: Database, index_revisions: Iterable[tuple[UUID, int]], now: datetime
) -> Iterator[Finding]:
    indexed = dict(index_revisions)
    select = sa.select(permit.c.id, permit.c.revision, permit.c.updated_at).where(permit.c.state.in_(_ISSUED))
    with database.read() as conn:
        registered = conn.execute(select).all()
    for permit_id, revision, updated_at in registered:
        found = indexed.pop(permit_id, None)
        if found == revision:
            continue
        kind = Kind.INDEX_MISSING if found is None else Kind.INDEX_STALE
        # What was changed while we look may have been indexed after we had read the index.
        yield Finding(
            Kind.PENDING if updated_at >= now else kind,
            permit_id,
            f"revision {found or 'none'} of {revision}",
        )
    for permit_id, revision in indexed.items():
        yield Finding(Kind.INDEX_EXTRA, permit_id, f"revision {revision}")
