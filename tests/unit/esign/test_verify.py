"""Genuine stays genuine at every level; any change to it does not."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from certs.authority import revoke_certificate
from certs.trust import TrustStore
from esign.codes import CODES
from esign.preserve import certificates_to_prove, preserve
from esign.sandbox import Sandbox
from esign.verdict import Coverage, Integrity, Level, Outcome, SignerTrust
from esign.verify import verify

MUTATIONS = 400


def preserved(office, pdf):
    return preserve(pdf, office.evidence(certificates_to_prove(pdf)), office.token)


@pytest.fixture
def files(office, page):
    b_t = office.sign(page)
    lta = preserved(office, b_t)
    return {
        "B-B": office.sign(page, stamped=False),
        "B-T": b_t,
        "B-LTA": lta,
        "renewed": preserved(office, lta),
    }


LEVELS = {"B-B": Level.B_B, "B-T": Level.B_T, "B-LTA": Level.B_LTA, "renewed": Level.B_LTA}


@pytest.mark.parametrize("kind", LEVELS)
def test_an_untouched_file_is_genuine_and_of_its_measured_level(office, files, kind):
    verdict = verify(files[kind], office.trust)
    assert verdict.outcome is Outcome.GENUINE, verdict
    (signature,) = verdict.signatures
    assert signature.level is LEVELS[kind]
    assert (signature.integrity, signature.coverage) == (Integrity.INTACT, Coverage.WHOLE)
    assert ("revocation-unknown" in verdict.codes) == (kind in {"B-B", "B-T"})


@pytest.mark.parametrize("kind", LEVELS)
def test_an_unknown_anchor_is_untrusted_and_not_altered(files, kind):
    verdict = verify(files[kind], TrustStore())
    assert verdict.outcome is Outcome.UNTRUSTED
    assert verdict.signatures[0].integrity is Integrity.INTACT
    assert verdict.signatures[0].trust is SignerTrust.UNTRUSTED


def test_the_signers_own_certificate_may_be_the_anchor(office, files):
    leaf = office.key.certificate.public_bytes(Encoding.DER)
    assert verify(files["B-B"], TrustStore(anchors=(leaf,))).outcome is Outcome.GENUINE


CHANGES = {
    "flipped-byte": lambda d: (
        d[: d.index(b"stream", len(d) // 8) + 40]
        + bytes([d[d.index(b"stream", len(d) // 8) + 40] ^ 1])
        + d[d.index(b"stream", len(d) // 8) + 41 :]
    ),
    "bytes-after-end": lambda d: d + b"\n% more\n",
    "two-ends-of-line": lambda d: d + b"\n\n",
    "bytes-before-header": lambda d: b"\n" + d,
    "cut-short": lambda d: d[:-200],
    "cut-in-half": lambda d: d[: len(d) // 2],
    "empty": lambda d: d[:0],
    "not-a-pdf": lambda d: b"hello " * 100 + d[:0],
    "zeros": lambda d: bytes(len(d)),
    "twice": lambda d: d + d,
    "no-header": lambda d: d[8:],
    "object-appended": lambda d: d + b"99 0 obj\n<< >>\nendobj\n",
}


@pytest.mark.parametrize("kind", LEVELS)
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_file_is_not_genuine(office, files, kind, change):
    verdict = verify(CHANGES[change](files[kind]), office.trust)
    assert verdict.outcome is not Outcome.GENUINE
    assert set(verdict.codes) <= CODES.keys()


@pytest.mark.parametrize("kind", LEVELS)
def test_no_random_mutation_is_genuine(office, files, kind):
    chance, pdf = random.Random(7), files[kind]
    for _ in range(MUTATIONS):
        at, other = chance.randrange(len(pdf)), chance.randrange(len(pdf))
        changed = chance.choice(
            (
                pdf[:at] + bytes([pdf[at] ^ (1 << chance.randrange(8))]) + pdf[at + 1 :],
                pdf[:at] + pdf[at + chance.randrange(1, 50) :],
                pdf[:at] + chance.randbytes(chance.randrange(1, 20)) + pdf[at:],
                pdf[:at] + pdf[other : other + 64] + pdf[at + 64 :],
            )
        )
        verdict = verify(changed, office.trust)
        if changed != pdf:
            assert verdict.outcome is not Outcome.GENUINE, (at, verdict)
        assert "parser-crashed" not in verdict.codes, (at, verdict)
        assert set(verdict.codes) <= CODES.keys()


def test_a_revoked_signer_is_untrusted_if_revoked_before_signing(trial_folder, office, page, tmp_path):
    folder = tmp_path / "authority"
    shutil.copytree(trial_folder, folder)
    mine = replace(office, folder=folder)
    revoke_certificate(folder, mine.key.certificate.serial_number, mine.now - timedelta(hours=1))
    verdict = verify(preserved(mine, mine.sign(page)), mine.trust)
    assert verdict.outcome is Outcome.UNTRUSTED
    assert "certificate-revoked" in verdict.codes


def test_an_unsigned_file_is_unsigned(office, page):
    assert verify(page, office.trust).outcome is Outcome.UNSIGNED


def test_the_sandbox_says_the_same(office, files):
    with Sandbox(workers=1) as sandbox:
        for pdf in files.values():
            assert sandbox.verify(pdf, office.trust) == verify(pdf, office.trust)
            assert sandbox.picture(pdf).startswith(b"\x89PNG")
            assert "Surat Keterangan" in sandbox.text(pdf)[0]
        assert sandbox.verify(b"", office.trust).outcome is Outcome.UNREADABLE
