"""Numbers stay gapless and each permit's own: under haste, under crashes, under second thoughts."""

from __future__ import annotations

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from harness import TYPES

from api.bootstrap import close_office, open_office, open_signing_side
from api.settings import load_settings
from archive import registry
from certs.errors import TimestampUnavailable
from certs.keys import load_pkcs12
from certs.timestamp import TimestampClient
from office import draft, find, sign
from office.accounts import authenticate
from office.approve import approval_digest
from office.errors import Unavailable
from office.signing import sign_one
from permits.permit import State

CODE = "penelitian"
FACTS = json.loads((TYPES / CODE / "example.json").read_text())


@pytest.fixture(scope="module")
def office(office_up):
    """The running office's own stores and signing desk, reached as its web reaches them."""
    opened = open_office(load_settings(office_up.data))
    yield opened
    close_office(opened)


@pytest.fixture
def head(office, office_up):
    """The head of office, and the passphrase."""
    name, passphrase = office_up.accounts["kepala_dinas"]
    return authenticate(office, name, passphrase, None), passphrase


@pytest.fixture(scope="module")
def side(office_up):
    return open_signing_side(load_settings(office_up.data))


def waiting(office, head, many):
    """Submit permits; returns (id, digest) of each."""
    made = draft.create_many(office, head[0], CODE, [(FACTS, None)] * many, submit_too=True)
    return [(permit.id, approval_digest(office.catalog, permit)) for permit in made]


def of(office, permit_id):
    with office.database.read() as conn:
        return registry.get_permit(conn, permit_id)


def register(office, head):
    return list(find.register_rows(office, head[0], CODE, office.today().year))


def whole(office, head):
    """Assert that the register has no gap and nothing twice; returns its rows by permit."""
    rows = register(office, head)
    first = rows[0].serial if rows else 1
    assert [row.serial for row in rows] == list(range(first, first + len(rows)))
    assert len({row.number for row in rows}) == len(rows)
    return {row.permit_id: row for row in rows}


def test_two_batches_of_one_series_at_once_leave_no_gap_and_sign_nothing_twice(office, head):
    before, items = len(register(office, head)), waiting(office, head, 50)
    shared = items[24:26]
    batches = (items[:26], items[24:])
    with ThreadPoolExecutor(2) as both:
        runs = [both.submit(lambda batch=batch: list(sign.run(office, *head, batch))) for batch in batches]
        results = [result for run in runs for result in run.result()]
    assert [r.reason for r in results if not r.ok] == []
    assert len(results) == 52
    assert len({r.number for r in results}) == 50
    for permit_id, _ in shared:
        assert len({(r.number, r.token, r.sha256) for r in results if r.permit_id == permit_id}) == 1
    rows = whole(office, head)
    assert len(rows) == before + 50
    for permit_id, _ in items:
        happened = [event.kind for event in find.permit_file(office, head[0], permit_id).events]
        assert (happened.count("numbered"), happened.count("issued")) == (1, 1)
        assert rows[permit_id].status == "in_force"


def test_a_number_stays_with_its_permit_when_the_time_stamp_fails(office, head, side, office_up):
    ((permit_id, digest),) = waiting(office, head, 1)
    name, passphrase = office_up.accounts["kepala_dinas"]
    key = load_pkcs12((office_up.data / "authority" / "signers" / f"{name}.p12").read_bytes(), passphrase)
    nobody = replace(side, stamps=TimestampClient("http://127.0.0.1:9/tsa"))
    with pytest.raises(TimestampUnavailable):
        sign_one(nobody, permit_id, digest, key, name)
    numbered = of(office, permit_id)
    assert numbered.number is not None
    assert numbered.state is State.SUBMITTED
    assert find.permit_file(office, head[0], permit_id).versions == ()
    ((other, other_digest),) = waiting(office, head, 1)
    overtaking = sign_one(side, other, other_digest, key, name)
    assert overtaking.serial == numbered.serial + 1
    (done,) = sign.run(office, *head, [(permit_id, digest)])
    assert (done.ok, done.number, done.token) == (True, numbered.number, numbered.token)
    whole(office, head)


def crash_amid_signing(office, head, office_up, item):
    """Kill the signing service when it has taken the permit's number and waits for the time."""
    (authority,) = office_up.part("api.cli", "authority")
    os.kill(authority, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(1) as pool:
            run = pool.submit(lambda: list(sign.run(office, *head, [item])))
            end = time.monotonic() + 20
            while of(office, item[0]).number is None:
                assert time.monotonic() < end
                time.sleep(0.02)
            (signer,) = office_up.part("api.cli", "signer")
            os.kill(signer, signal.SIGKILL)
            with pytest.raises(Unavailable):
                run.result(timeout=30)
    finally:
        os.kill(authority, signal.SIGCONT)
    office_up.wait_ready()
    return of(office, item[0])


def test_a_number_stays_with_its_permit_when_the_signing_service_is_killed(office, head, office_up):
    (item,) = waiting(office, head, 1)
    numbered = crash_amid_signing(office, head, office_up, item)
    assert numbered.state is State.SUBMITTED
    (done,) = sign.run(office, *head, [item])
    assert (done.ok, done.number, done.token) == (True, numbered.number, numbered.token)
    happened = [event.kind for event in find.permit_file(office, head[0], item[0]).events]
    assert (happened.count("numbered"), happened.count("issued")) == (1, 1)
    whole(office, head)


def test_a_permit_withdrawn_after_its_number_was_taken_stands_as_batal(office, head, office_up):
    (item,) = waiting(office, head, 1)
    numbered = crash_amid_signing(office, head, office_up, item)
    draft.withdraw(office, head[0], item[0], "Pemohon membatalkan.")
    row = whole(office, head)[item[0]]
    assert (row.number, row.status, row.note) == (numbered.number, "withdrawn", "Pemohon membatalkan.")
    (refused,) = sign.run(office, *head, [item])
    assert not refused.ok
    assert refused.number is None
    ((after, digest),) = waiting(office, head, 1)
    (next_one,) = sign.run(office, *head, [(after, digest)])
    assert next_one.serial == numbered.serial + 1
    whole(office, head)
