"""What the registry promises of permits and numbers, also under concurrency and crashes."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from archive import registry, versions
from archive.database import Database
from archive.errors import DatabaseUnavailable, NoSuchPermit, NotStorable, StaleRevision
from archive.registry import Wanted
from permits.permit import Permit, State

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def draft(**changes: object) -> Permit:
    base = Permit(uuid4(), "sktu", {"nama": "Siti Ñ"}, State.DRAFT, 1, NOW, "petugas", NOW)
    return dataclasses.replace(base, **changes)


def number(conn: sa.Connection, permit_id: UUID, start: int = 1) -> Permit:
    return registry.take_number(
        conn,
        permit_id,
        year=2026,
        start=start,
        make_number=lambda serial: f"503/{serial:04d}/SKTU/DPMPTSP/2026",
        make_token=lambda: secrets.token_hex(13).upper(),
        now=NOW,
        approved_on=date(2026, 11, 24),
    )


def test_a_permit_comes_back_as_it_went_in(database: Database, add: Callable[..., Permit]) -> None:
    permit = add(batch_key="line-1", valid_until=date(2027, 1, 1))
    with database.read() as conn:
        assert registry.get_permit(conn, permit.id) == permit
        assert registry.by_batch_key(conn, "sktu", "line-1") == permit
        assert registry.find_permit(conn, uuid4()) is None
        with pytest.raises(NoSuchPermit):
            registry.get_permit(conn, uuid4())


def test_the_same_batch_key_gives_the_permit_that_is_there(add: Callable[..., Permit]) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: add(batch_key="line-1"), range(8)))
    assert len({permit.id for permit in made}) == 1
    assert add(batch_key="line-1", type_code="reklame").id != made[0].id
    assert add().id != add().id


def test_a_stale_revision_is_refused_and_changes_nothing(
    database: Database, add: Callable[..., Permit]
) -> None:
    permit = add()
    with database.begin() as conn:
        new = registry.update_permit(conn, permit.id, 1, NOW, state=State.SUBMITTED, submitted_at=NOW)
    assert (new.revision, new.state) == (2, State.SUBMITTED)
    with pytest.raises(StaleRevision) as caught, database.begin() as conn:
        registry.update_permit(conn, permit.id, 1, NOW, state=State.WITHDRAWN)
    assert (caught.value.expected, caught.value.found) == (1, 2)
    with pytest.raises(NoSuchPermit), database.begin() as conn:
        registry.update_permit(conn, uuid4(), 1, NOW, return_reason="x")
    with database.read() as conn:
        assert registry.get_permit(conn, permit.id) == new


def test_of_eight_who_change_one_revision_one_does(database: Database, add: Callable[..., Permit]) -> None:
    permit = add()

    def change(i: int) -> bool:
        try:
            with database.begin() as conn:
                registry.update_permit(conn, permit.id, 1, NOW, return_reason=str(i))
        except StaleRevision:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(change, range(8))) == 1


def test_lists_are_fenced_filtered_and_paged_without_gap(
    database: Database, add: Callable[..., Permit]
) -> None:
    for i in range(25):
        add(type_code="sktu" if i % 2 else "reklame", created_by="ani" if i % 5 else "budi")
    with database.read() as conn:
        walked: list[UUID] = []
        wanted = Wanted(limit=4)
        while page := registry.list_permits(conn, wanted):
            walked += [permit.id for permit in page]
            wanted = dataclasses.replace(wanted, after=registry.place_of(page[-1]))
        assert len(walked) == len(set(walked)) == 25
        assert len(registry.list_permits(conn, Wanted(types=frozenset({"sktu"})))) == 12
        assert registry.list_permits(conn, Wanted(types=frozenset())) == []
        assert len(registry.list_permits(conn, Wanted(type_code="sktu", created_by="budi"))) == 2
        assert registry.list_permits(conn, Wanted(states=frozenset({State.SIGNED}))) == []
        assert registry.list_permits(conn, Wanted(numbered=True)) == []


@pytest.mark.parametrize("typed", ["\x00", "a\x00b", "\ud800", "", "'", "x" * 100_000])
def test_looking_for_anything_typed_finds_nothing_and_harms_nothing(database: Database, typed: str) -> None:
    with database.read() as conn:
        assert registry.by_number(conn, typed) is None
        assert registry.by_token(conn, typed) is None
        assert registry.by_batch_key(conn, "sktu", typed) is None
        assert versions.by_sha256(conn, typed) is None


@pytest.mark.parametrize(
    "change",
    [{"facts": {"a": "\x00"}}, {"facts": {"a": "\ud800"}}, {"batch_key": "\x00"}, {"created_by": "\ud800"}],
)
def test_what_cannot_be_stored_is_refused_plainly(
    add: Callable[..., Permit], change: dict[str, object]
) -> None:
    with pytest.raises(NotStorable):
        add(**change)
    add()


def test_reading_refuses_to_write(database: Database, add: Callable[..., Permit]) -> None:
    with pytest.raises(exc.InternalError), database.read() as conn:
        registry.insert_permit(conn, draft())
    add()


# ---- numbers ----


def test_fifty_at_once_are_numbered_without_gap_or_double(
    database: Database, add: Callable[..., Permit], take: Callable[..., Permit]
) -> None:
    permits = [add() for _ in range(50)]
    with ThreadPoolExecutor(50) as pool:
        done = list(pool.map(lambda permit: take(permit.id, start=17), permits))
    assert sorted(permit.serial or 0 for permit in done) == list(range(17, 67))
    assert len({permit.number for permit in done}) == len({permit.token for permit in done}) == 50
    with database.read() as conn:
        assert [permit.serial for permit in registry.register(conn, "sktu", 2026)] == list(range(17, 67))


def test_a_permit_keeps_its_number_whoever_asks_again(
    add: Callable[..., Permit], take: Callable[..., Permit]
) -> None:
    permit = add()
    with ThreadPoolExecutor(8) as pool:
        done = set(pool.map(lambda _: dataclasses.astuple(take(permit.id))[9:13], range(8)))
    assert len(done) == 1
    assert take(add().id).serial == 2


def test_a_roll_back_after_taking_leaves_no_gap(
    database: Database, add: Callable[..., Permit], take: Callable[..., Permit]
) -> None:
    permits = [add() for _ in range(20)]

    def unlucky(i: int) -> None:
        try:
            with database.begin() as conn:
                number(conn, permits[i].id)
                if i % 3 == 0:
                    raise KeyboardInterrupt
        except KeyboardInterrupt:
            pass

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(unlucky, range(20)))
    serials = sorted(take(permit.id).serial or 0 for permit in permits)
    assert serials == list(range(1, 21))


def test_a_connection_that_dies_after_taking_leaves_no_gap(
    database: Database, add: Callable[..., Permit], take: Callable[..., Permit]
) -> None:
    one, other = add(), add()

    def die() -> None:
        with database.begin() as conn:
            assert number(conn, one.id).serial == 1
            pid = conn.execute(sa.select(sa.func.pg_backend_pid())).scalar_one()
            with database.begin() as killer:
                killer.execute(sa.select(sa.func.pg_terminate_backend(pid)))
            conn.execute(sa.select(1))

    with pytest.raises(DatabaseUnavailable):
        die()
    assert take(other.id).serial == 1
    assert take(one.id).serial == 2


def test_series_of_types_and_years_are_their_own(
    database: Database, add: Callable[..., Permit], take: Callable[..., Permit]
) -> None:
    assert take(add().id).serial == 1
    with database.begin() as conn:
        other = registry.take_number(
            conn,
            registry.insert_permit(conn, draft(type_code="reklame")).id,
            year=2026,
            start=5,
            make_number=lambda s: f"R{s}",
            make_token=uuid4().hex.upper,
            now=NOW,
        )
    assert other.serial == 5


@pytest.mark.parametrize(
    "change", [{"number": "x"}, {"serial": 9}, {"token": "x"}, {"series_year": 2025}, {"type_code": "x"}]
)
def test_a_number_never_changes(
    database: Database, change: dict[str, object], add: Callable[..., Permit], take: Callable[..., Permit]
) -> None:
    permit = take(add().id)
    with pytest.raises(exc.IntegrityError), database.begin() as conn:
        registry.update_permit(conn, permit.id, permit.revision, NOW, **change)


def test_a_signed_permit_is_never_edited_but_may_be_revoked(
    database: Database, add: Callable[..., Permit], take: Callable[..., Permit]
) -> None:
    permit = take(add().id)
    with database.begin() as conn:
        permit = registry.update_permit(
            conn, permit.id, permit.revision, NOW, state=State.SIGNED, signed_at=NOW
        )
    for change in ({"facts": {"nama": "Lain"}}, {"valid_until": date(2030, 1, 1)}, {"signer_name": "Lain"}):
        with pytest.raises(exc.IntegrityError), database.begin() as conn:
            registry.update_permit(conn, permit.id, permit.revision, NOW, **change)
    with pytest.raises(exc.IntegrityError), database.begin() as conn:
        conn.execute(sa.text("DELETE FROM permit WHERE id = :id"), {"id": permit.id})
    with database.begin() as conn:
        registry.update_permit(conn, permit.id, permit.revision, NOW, state=State.REVOKED, revoked_at=NOW)


def test_nothing_is_signed_without_a_number(database: Database, add: Callable[..., Permit]) -> None:
    permit = add()
    with pytest.raises(exc.IntegrityError), database.begin() as conn:
        registry.update_permit(conn, permit.id, 1, NOW, state=State.SIGNED)
