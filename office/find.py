"""Finding permits, and all that is known of one. Search is asked first, the registry is the truth."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from archive import events, records, registry, tables, versions
from office.accounts import Account, Right, require, sees
from office.context import Office
from office.draft import seen
from office.errors import NotFound
from permits.catalog import PermitType
from permits.permit import Permit, State, Status, status_on
from search.ports import Hit, Hits, Query

_NOT_ISSUED = {State.DRAFT, State.SUBMITTED, State.RETURNED, State.WITHDRAWN}


@dataclass(frozen=True)
class VersionInfo:
    """One visible version of a permit's PDF."""

    version: int
    level: str
    sha256: str
    size: int
    created_at: datetime


@dataclass(frozen=True)
class Happening:
    """One event of a permit's life."""

    at: datetime
    kind: str
    actor: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class PermitFile:
    """One permit whole, as staff see it."""

    permit: Permit
    status: Status
    type: PermitType
    versions: tuple[VersionInfo, ...]
    events: tuple[Happening, ...]
    display: tuple[tuple[str, str], ...]
    replaces_permit: Permit | None
    replaced_by_permit: Permit | None


@dataclass(frozen=True)
class RegisterRow:
    """One line of the buku register; ``note`` is the reason of a revocation or withdrawal."""

    permit_id: UUID
    serial: int
    number: str
    applicant: str
    approved_on: date | None
    valid_until: date | None
    status: str
    note: str | None


@dataclass(frozen=True)
class Trouble:
    """A failure that waits for someone, with the permit's title where it is about one."""

    at: datetime
    room: str
    permit_id: UUID | None
    title: str
    what: str
    reason: str
    attempts: int


def search(office: Office, who: Account, query: Query) -> Hits:
    """Find permits within the bidang of ``who``; a number also in the registry, which is never late.

    Raises:
        BadQuery: a paging mark that is none; IndexUnavailable.
    """
    require(who, Right.READ)
    fenced = replace(query, types=who.types)
    hits = office.index.search(fenced)
    if query.after is not None or not re.search(r"\d", query.words):
        return hits
    fresh = _by_number(office, who, query)
    if fresh is None or any(hit.permit_id == fresh.permit_id for hit in hits.hits):
        return hits
    return replace(hits, hits=(fresh, *hits.hits)[: query.limit], total=hits.total + 1)


def _by_number(office: Office, who: Account, query: Query) -> Hit | None:
    key = re.sub(r"[^0-9A-Za-z]", "", query.words).upper()
    bare = sa.func.upper(sa.func.regexp_replace(tables.permit.c.number, "[^0-9A-Za-z]", "", "g"))
    with office.database.read() as conn:
        found = conn.execute(sa.select(tables.permit.c.id).where(bare == key).limit(1)).scalar()
        permit = registry.get_permit(conn, found) if found else None
    if permit is None or permit.state in _NOT_ISSUED or not sees(who, permit.type_code):
        return None
    status = status_on(permit, query.today).value
    wanted = (query.type_code in {None, permit.type_code}) and query.status in {None, status}
    if not wanted or query.year not in {None, permit.series_year}:
        return None
    kind = office.catalog.get(permit.type_code)
    return Hit(
        permit_id=permit.id,
        number=permit.number or "",
        type_code=permit.type_code,
        type_title=kind.title,
        status=status,
        applicant=applicant_of(office, permit),
        address=str(permit.facts.get(kind.address_field, "")),
        issued_on=permit.approved_on or query.today,
        valid_until=permit.valid_until,
        highlight="",
        score=1.0,
    )


def permit_file(office: Office, who: Account, permit_id: UUID) -> PermitFile:
    """Return one permit with its versions and history.

    Raises:
        NotFound: there is none, or not for ``who``.
    """
    require(who, Right.READ)
    with office.database.read() as conn:
        permit = seen(conn, who, permit_id)
        shown, happened = versions.versions(conn, permit_id), events.events_of(conn, permit_id)
        before = registry.find_permit(conn, permit.replaces) if permit.replaces else None
        after = registry.find_permit(conn, permit.replaced_by) if permit.replaced_by else None
    kind = office.catalog.get(permit.type_code)
    return PermitFile(
        permit=permit,
        status=status_on(permit, office.today()),
        type=kind,
        versions=tuple(version_info(v) for v in shown),
        events=tuple(Happening(e.at, e.kind, e.actor, e.data) for e in happened),
        display=tuple(kind.texts(permit.facts)),
        replaces_permit=before,
        replaced_by_permit=after,
    )


def version_info(version: versions.Version) -> VersionInfo:
    """Return what people are told of a version."""
    return VersionInfo(version.n, version.level, version.sha256, version.size, version.created_at)


def applicant_of(office: Office, permit: Permit) -> str:
    """Return the applicant's name as the facts give it."""
    return str(permit.facts.get(office.catalog.get(permit.type_code).applicant_field, ""))


def by_number(office: Office, who: Account, number: str) -> Permit:
    """Return the permit of that number.

    Raises:
        NotFound: there is none, or not for ``who``.
    """
    require(who, Right.READ)
    with office.database.read() as conn:
        permit = registry.by_number(conn, number.strip())
    if permit is None or not sees(who, permit.type_code):
        raise NotFound(f"Izin bernomor {number!r} tidak ditemukan. Periksa lagi nomornya.")
    return permit


def version_bytes(office: Office, who: Account, permit_id: UUID, n: int) -> tuple[str, bytes]:
    """Return file name and bytes of one version.

    Raises:
        NotFound: no such version; ObjectsUnavailable, ObjectDamaged.
    """
    require(who, Right.READ)
    with office.database.read() as conn:
        permit = seen(conn, who, permit_id)
        found = [v for v in versions.versions(conn, permit_id) if v.n == n]
    if not found:
        raise NotFound(f"Versi {n} dari izin ini tidak ada.")
    return file_name(permit), stored_bytes(office, found[0])


def stored_bytes(office: Office, version: versions.Version) -> bytes:
    """Return a version's bytes, compared with its hash; from PostgreSQL while it still keeps them."""
    with office.database.read() as conn:
        kept = versions.kept(conn, version.permit_id, version.n)
    if kept is not None:
        return kept.data
    return office.objects.get(version.object_key, version.object_version, version.sha256)


def file_name(permit: Permit) -> str:
    """Return a name for a download: the number with dashes."""
    return re.sub(r"[^0-9A-Za-z]+", "-", permit.number or str(permit.id)).strip("-") + ".pdf"


def list_permits(
    office: Office, who: Account, type_code: str | None = None, numbered: bool | None = None
) -> Iterator[Permit]:
    """Yield permits, newest first, as far as ``who`` sees them."""
    require(who, Right.READ)
    wanted = registry.Wanted(types=who.types, type_code=type_code, numbered=numbered, limit=500)
    while True:
        with office.database.read() as conn:
            page = registry.list_permits(conn, wanted)
        yield from page
        if len(page) < wanted.limit:
            return
        wanted = replace(wanted, after=registry.place_of(page[-1]))


def register_rows(office: Office, who: Account, type_code: str, year: int) -> Iterator[RegisterRow]:
    """Yield the buku register of one type and year: every number, withdrawn (batal) ones too."""
    require(who, Right.READ)
    if not sees(who, type_code):
        raise NotFound
    with office.database.read() as conn:
        permits = registry.register(conn, type_code, year)
        gone = {p.id: events.events_of(conn, p.id)[-1] for p in permits if p.state is State.WITHDRAWN}
    for permit in permits:
        last = gone.get(permit.id)
        yield RegisterRow(
            permit_id=permit.id,
            serial=permit.serial or 0,
            number=permit.number or "",
            applicant=applicant_of(office, permit),
            approved_on=permit.approved_on,
            valid_until=permit.valid_until,
            status=status_on(permit, office.today()).value,
            note=str(last.data.get("reason", "")) if last else permit.revocation_reason,
        )


def failures(office: Office, who: Account) -> list[Trouble]:
    """Return what did not work and waits for someone, newest first."""
    require(who, Right.READ)
    with office.database.read() as conn:
        found = records.open_failures(conn)
        permits = {f.permit_id: registry.find_permit(conn, f.permit_id) for f in found if f.permit_id}
    return [_trouble(office, f, permits.get(f.permit_id) if f.permit_id else None) for f in found]


def _trouble(office: Office, failure: records.Failure, permit: Permit | None) -> Trouble:
    title = ""
    if permit is not None:
        title = f"{office.catalog.get(permit.type_code).title}: {applicant_of(office, permit)}"
    return Trouble(
        at=failure.at,
        room=failure.room,
        permit_id=failure.permit_id,
        title=title,
        what=failure.what,
        reason=failure.detail,
        attempts=failure.attempts,
    )
