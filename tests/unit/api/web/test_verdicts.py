"""A verdict's words never claim more than the verdict."""

from datetime import UTC, datetime

import pytest

from api.web.verdicts import headline_of_file, headline_of_permit, lines, reasons
from esign.verdict import Coverage, Integrity, Level, Outcome, SignatureReport, SignerTrust, Verdict
from permits.permit import Status

SHA = "0" * 64


def same(text):
    return text


def report(**changes):
    values = {
        "integrity": Integrity.INTACT,
        "trust": SignerTrust.TRUSTED,
        "coverage": Coverage.WHOLE,
        "level": Level.B_LTA,
        "signed_at": datetime(2026, 11, 23, tzinfo=UTC),
        "signer": "Ahmad",
        "time_proven": True,
    }
    return SignatureReport(**(values | changes))


def told(*signatures, outcome=Outcome.GENUINE, status=Status.IN_FORCE):
    verdict = Verdict(outcome, SHA, 1, signatures)
    return lines(same, verdict, status, lambda at: at.isoformat() if at else "")


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.GENUINE])
@pytest.mark.parametrize("status", [None, Status.IN_FORCE])
def test_only_a_genuine_file_is_called_genuine(outcome, status):
    headline = headline_of_file(same, Verdict(outcome, SHA, 1), status)
    assert headline.tone != "good"
    assert "ASLI" not in headline.title


def test_a_trusted_file_that_is_no_permit_of_ours_is_not_called_genuine():
    headline = headline_of_file(same, Verdict(Outcome.GENUINE, SHA, 1), None)
    assert headline.tone == "unknown"
    assert "BUKAN izin dari kantor ini" in headline.title


@pytest.mark.parametrize("status", [Status.EXPIRED, Status.REVOKED, Status.REPLACED])
def test_only_a_permit_in_force_looks_good(status):
    assert headline_of_permit(same, Status.IN_FORCE).tone == "good"
    headline = headline_of_permit(same, status)
    assert headline.tone != "good"
    assert "BERLAKU" not in headline.title


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"integrity": Integrity.ALTERED}, "Keutuhan isi"),
        ({"integrity": Integrity.UNVERIFIABLE}, "Keutuhan isi"),
        ({"coverage": Coverage.PARTIAL}, "Cakupan"),
        ({"trust": SignerTrust.UNTRUSTED}, "Penanda tangan"),
        ({"time_proven": False}, "Waktu"),
        ({"signed_at": None}, "Waktu"),
        ({"level": Level.B_B}, "Tingkat tanda tangan"),
    ],
)
def test_each_fault_shows_on_its_own_line_only(changes, title):
    good = told(report())
    faulty = told(report(**changes), outcome=Outcome.UNTRUSTED)
    assert {line.tone for line in good} == {"good"}
    assert [line.title for line in faulty if line.tone != "good"] == [title]


def test_several_signatures_are_told_apart():
    answers = told(report(), report(signer="Budi"))
    assert sum(line.title.startswith("Tanda tangan 2: ") for line in answers) == 5


def test_a_code_without_words_stands_for_itself():
    table = {"a": ("satu", "one")}
    assert reasons(table, ["a", "b"], "en") == [("a", "one"), ("b", "b")]
