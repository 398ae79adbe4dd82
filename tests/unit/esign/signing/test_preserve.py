"""What ``preserve`` promises, judged by pyHanko's EN 319 102-1 validation, years later too."""

from __future__ import annotations

import asyncio
import io
import re
from datetime import datetime, timedelta
from typing import Any

import pikepdf
import pytest
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.ades import ades_lta_validation, simulate_future_ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.registry import SimpleTrustManager

from certs.authority import create_authority, load_key, revoke_certificate
from certs.errors import TimestampUnavailable
from certs.revocation import Evidence
from certs.trust import load_trust
from esign.errors import SigningError
from esign.preserve import certificates_to_prove, preserve


def _keep(office: Any, pdf: bytes, **more: int) -> bytes:
    return preserve(pdf, office.evidence(certificates_to_prove(pdf)), office.token, **more)


def _judge(pdf: bytes, office: Any, at: datetime | None = None) -> str:
    """EN 319 102-1's word for the file as it is now, or (``at``) in years, the time stamps being renewed."""
    root = x509.Certificate.load(office.trust.anchors[0])
    either = RevocationCheckingRule.CRL_OR_OCSP_REQUIRED
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build([root]),
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(either, either)),
    )
    local = RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY)
    spec = PdfSignatureValidationSpec(SignatureValidationSpec(policy, revinfo_gathering_policy=local))
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
    if at:
        work = simulate_future_ades_lta_validation(signature, spec, at)
    else:
        work = ades_lta_validation(signature, spec)
    return str(asyncio.run(work).ades_subindic.status.name)


def test_the_result_begins_with_its_input_and_is_valid_today(office: Any, page: bytes) -> None:
    signed = office.sign(page)
    office.now += timedelta(seconds=5)
    kept = _keep(office, signed)
    assert kept.startswith(signed)
    assert _judge(kept, office) == "PASSED"


def test_it_is_valid_after_the_signers_certificate_has_died_and_b_t_is_not(office: Any, page: bytes) -> None:
    signed = office.sign(page)
    office.now += timedelta(seconds=5)
    kept, later = _keep(office, signed), office.now + timedelta(days=365 * 4)
    assert _judge(kept, office, later) == "PASSED"
    assert _judge(signed, office, later) == "INDETERMINATE"


def test_a_renewal_appends_to_it_and_stays_valid(office: Any, page: bytes) -> None:
    office.now += timedelta(seconds=5)
    kept = _keep(office, office.sign(page))
    office.now += timedelta(days=365 * 2)
    renewed = _keep(office, kept)
    assert renewed.startswith(kept)
    assert len(certificates_to_prove(kept)) == 2, "the time stamp's own chain alone"
    assert len(PdfFileReader(io.BytesIO(renewed)).embedded_timestamp_signatures) == 2
    assert _judge(renewed, office, office.now + timedelta(days=365 * 3)) == "PASSED"


def test_each_revision_keeps_to_its_shape(office: Any, page: bytes) -> None:
    signed = office.sign(page)
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        root, form, first = (o.objgen[0] for o in (pdf.Root, pdf.Root.AcroForm, pdf.pages[0].obj))
    kept = _keep(office, signed)
    data, stamp = _revisions(kept)[-2:]
    assert root in data
    assert not data & {form, first}
    assert {form, first} <= stamp
    assert root not in stamp
    assert len(stamp) == 4, "form, page, field, signature"
    with pikepdf.open(io.BytesIO(kept)) as pdf:
        assert not pdf.check_pdf_syntax()
        assert set(pdf.Root.DSS.keys()) == {"/Type", "/Certs", "/CRLs", "/OCSPs"}
        widget = pdf.Root.AcroForm.Fields[-1]
        assert list(widget.Rect) == [0, 0, 0, 0]
        assert "/AP" not in widget
        assert widget.V.SubFilter == "/ETSI.RFC3161"
        assert pdf.docinfo.objgen[0] not in data | stamp
    assert kept.endswith(b"%%EOF\n")


def test_what_the_store_holds_is_not_stored_twice(office: Any, page: bytes) -> None:
    signed = office.sign(page)
    evidence = office.evidence(certificates_to_prove(signed))
    once = preserve(signed, evidence, office.token)
    twice = preserve(once, evidence, office.token)
    assert len(_revisions(twice)) == len(_revisions(once)) + 1, "a time stamp and no second store"


def test_a_token_that_is_larger_than_expected_still_fits(office: Any, page: bytes) -> None:
    kept = _keep(office, office.sign(page), token_bytes=64)
    assert _judge(kept, office) == "PASSED"


def test_a_revoked_signer_is_not_whitewashed(office: Any, page: bytes, tmp_path: Any) -> None:
    office.folder = tmp_path / "revoked"
    create_authority(
        office.folder,
        [],
        {},
        office_code="X",
        organisation="X",
        base_url_of_services="http://127.0.0.1:9",
        now=office.now - timedelta(days=1),
    )
    office.key = load_key(office.folder, "office")
    office.trust = load_trust(office.folder / "trust.json")
    revoke_certificate(office.folder, office.key.certificate.serial_number, office.now - timedelta(hours=1))
    kept = _keep(office, office.sign(page))
    assert _judge(kept, office) != "PASSED"


def test_without_proof_of_status_nothing_is_claimed(office: Any, page: bytes) -> None:
    with pytest.raises(SigningError):
        preserve(office.sign(page), Evidence(certs=(b"x",)), office.token)


def test_a_failing_time_stamp_authority_is_never_hidden(office: Any, page: bytes) -> None:
    def fail(_digest: bytes) -> bytes:
        raise TimestampUnavailable("mati")

    signed = office.sign(page)
    with pytest.raises(TimestampUnavailable):
        preserve(signed, office.evidence(certificates_to_prove(signed)), fail)


@pytest.mark.parametrize(
    "call", [certificates_to_prove, lambda pdf: preserve(pdf, Evidence(crls=(b"x",)), bytes)]
)
def test_an_unsigned_file_is_refused(page: bytes, call: Any) -> None:
    for data in (page, b"", page[:-30]):
        with pytest.raises(SigningError):
            call(data)


def _revisions(pdf: bytes) -> list[set[int]]:
    """The object numbers that each revision writes, oldest first."""
    ends = [found.end() for found in re.finditer(rb"%%EOF\n", pdf)]
    starts = [0, *ends[:-1]]
    return [
        {int(n) for n in re.findall(rb"(?m)^(\d+) 0 obj$", pdf[start:end])}
        for start, end in zip(starts, ends, strict=True)
    ]
