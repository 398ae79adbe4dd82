"""What ``sign_pdf`` promises, judged by pyHanko, qpdf, poppler and OpenSSL's certificates."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from asn1crypto import x509
from cryptography import x509 as cx509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from certs.authority import load_key
from certs.errors import KeyUnusable, TimestampUnavailable
from certs.keys import SoftwareKey
from certs.profiles import Issuer, subject
from esign.errors import SigningError
from esign.sign import SignatureBox, sign_pdf


def _judge(pdf: bytes, office: Any) -> Any:
    reader = PdfFileReader(io.BytesIO(pdf))
    (signature,) = reader.embedded_signatures
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(office.trust.anchors[0])], moment=office.now + timedelta(minutes=1)
    )
    return signature, validate_pdf_signature(signature, context)


def test_a_signed_page_is_b_t_intact_trusted_and_begins_with_its_input(office: Any, page: bytes) -> None:
    signed = office.sign(page)
    signature, status = _judge(signed, office)
    assert signed.startswith(page)
    assert status.bottom_line
    assert status.trusted
    assert status.coverage.name == "ENTIRE_FILE"
    assert status.timestamp_validity.timestamp == office.now
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.docmdp_level is MDPPerm.FILL_FORMS
    assert signature.self_reported_timestamp == office.now
    assert "/Cert" not in signature.sig_object


def test_without_a_time_stamp_authority_it_claims_no_more_than_b_b(office: Any, page: bytes) -> None:
    _, status = _judge(office.sign(page, stamped=False), office)
    assert status.bottom_line
    assert status.timestamp_validity is None


def test_the_cms_holds_three_signed_attributes_in_der_order_and_no_signing_time(
    office: Any, page: bytes
) -> None:
    signature, _ = _judge(office.sign(page), office)
    attributes = signature.signer_info["signed_attrs"]
    names = {attribute["type"].native for attribute in attributes}
    assert names == {"content_type", "message_digest", "signing_certificate_v2"}
    encoded = [attribute.dump() for attribute in attributes]
    assert encoded == sorted(encoded)


def test_rsa_2048_signs_too(office: Any, page: bytes) -> None:
    office.key = _rsa_key(office)
    _, status = _judge(office.sign(page), office)
    assert status.bottom_line
    assert status.pkcs7_signature_mechanism == "sha256_rsa"


@pytest.mark.parametrize("standards", [("a-3a",), ("a-3a", "ua-1")])
@pytest.mark.parametrize("pages", [2, 7])
def test_the_widget_is_tagged_and_listed_on_its_page(
    office: Any, render: Callable[..., bytes], standards: tuple[str, ...], pages: int
) -> None:
    box = SignatureBox(pages - 1, 300, 100, 500.25, 200)
    with pikepdf.open(io.BytesIO(office.sign(render(*standards, pages=pages), box=box))) as pdf:
        assert not pdf.check_pdf_syntax()
        widget = pdf.pages[pages - 1].obj.Annots[-1]
        assert widget.Subtype == "/Widget"
        assert list(map(float, widget.Rect)) == [300, 100, 500.25, 200]
        assert widget.AP.N.read_bytes() == b""
        tree = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
        element = tree[tree.index(widget.StructParent) + 1]
        assert element.S == "/Form"
        assert element.K[0].Obj.objgen == widget.objgen
        assert element.objgen in {kid.objgen for kid in element.P.K}
        assert pdf.Root.StructTreeRoot.ParentTreeNextKey == widget.StructParent + 1
        assert str(widget.TU) == "Tanda tangan elektronik Dr. Siti Aminah, M.Si."
        assert list(pdf.Root.AcroForm.Fields) == [widget]
        assert pdf.Root.Perms.DocMDP.objgen == widget.V.objgen


def test_links_on_the_page_stay(office: Any, page: bytes) -> None:
    box = SignatureBox(0, 10, 10, 60, 60)
    with pikepdf.open(io.BytesIO(office.sign(page, box=box))) as pdf:
        assert [str(a.Subtype) for a in pdf.pages[0].obj.Annots] == ["/Link", "/Widget"]


def test_contents_fill_the_gap_of_the_byte_range_to_the_byte(office: Any, page: bytes) -> None:
    signed = office.sign(page)
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+) (\d+) *\]", signed)
    assert found
    start, after, rest = (int(group) for group in found.groups())
    assert re.fullmatch(rb"<(?:[0-9a-f]{2})+>", signed[start:after])
    assert after + rest == len(signed)
    assert len(signed[start:after].rstrip(b"0>")) > 0.8 * (after - start), "too much room is wasted"


def test_a_token_that_is_larger_than_expected_still_fits(office: Any, page: bytes) -> None:
    _, status = _judge(office.sign(page, token_bytes=64), office)
    assert status.bottom_line
    assert len(office.stamped) == 2


def test_a_failing_time_stamp_authority_is_never_hidden(
    office: Any, page: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_digest: bytes) -> bytes:
        raise TimestampUnavailable("mati")

    monkeypatch.setattr(office, "token", fail)
    with pytest.raises(TimestampUnavailable):
        office.sign(page)


def test_names_of_any_script_come_back(office: Any, page: bytes) -> None:
    name = "H. Naïla (binti) \\ Ḥasan 印"
    signed = sign_pdf(
        page,
        SignatureBox(0, 1, 1, 9, 9),
        office.key,
        None,
        when=office.now,
        name=name,
        reason="",
        location="x",
    )
    signature, _ = _judge(signed, office)
    assert signature.sig_object["/Name"] == name


@pytest.mark.parametrize("days", [-2, 365 * 3 + 1])
def test_a_certificate_outside_its_days_signs_nothing(office: Any, page: bytes, days: int) -> None:
    office.now += timedelta(days=days)
    with pytest.raises(KeyUnusable):
        office.sign(page)


@pytest.mark.parametrize(
    "box",
    [
        SignatureBox(2, 1, 1, 9, 9),
        SignatureBox(-1, 1, 1, 9, 9),
        SignatureBox(0, 9, 1, 9, 9),
        SignatureBox(0, 1, 1, float("nan"), 9),
    ],
)
def test_a_box_that_lies_nowhere_is_refused(office: Any, page: bytes, box: SignatureBox) -> None:
    with pytest.raises(SigningError):
        office.sign(page, box=box)


def test_files_of_another_shape_are_refused(office: Any, page: bytes) -> None:
    streams = io.BytesIO()
    with pikepdf.open(io.BytesIO(page)) as pdf:
        pdf.save(streams, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    untagged = page.replace(b"/StructTreeRoot", b"/XtructTreeRoot")
    bad = {
        "empty": b"",
        "not a PDF": b"halo" * 100,
        "cut": page[:-40],
        "trailing bytes": page + b"lagi",
        "cross-reference stream": streams.getvalue(),
        "untagged": untagged,
        "signed already": office.sign(page),
        "shifted": page.replace(b"%PDF-1.7\n", b"%PDF-1.7\n\n", 1),
        "encrypted": page.replace(b"/Size ", b"/Encrypt 1 0 R/Size ", 1),
    }
    for name, data in bad.items():
        with pytest.raises(SigningError):
            pytest.fail(f"{name} was signed: {len(office.sign(data))}")


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="poppler is not installed")
def test_poppler_calls_the_signature_valid_and_the_document_whole(
    office: Any, page: bytes, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(office.sign(page))
    done = subprocess.run(
        ["pdfsig", "-nocert", tmp_path / "a.pdf"], capture_output=True, text=True, timeout=20, check=False
    )
    assert "Signature is Valid." in done.stdout
    assert "Total document signed" in done.stdout


def _rsa_key(office: Any) -> SoftwareKey:
    issuing = load_key(office.folder, "issuing")
    issuer = Issuer(issuing.private, issuing.certificate, "issuing", "http://127.0.0.1:9")
    private = rsa.generate_private_key(65537, 2048)
    usage = office.key.certificate.extensions.get_extension_for_class(cx509.KeyUsage).value
    crl, _ = issuer.locations()
    builder = (
        cx509.CertificateBuilder()
        .subject_name(subject("RSA", "X"))
        .issuer_name(issuer.certificate.subject)
        .public_key(private.public_key())
        .serial_number(77)
        .not_valid_before(office.now - timedelta(days=1))
        .not_valid_after(office.now + timedelta(days=9))
        .add_extension(usage, True)
        .add_extension(crl, False)
    )
    return SoftwareKey(private, builder.sign(issuer.key, hashes.SHA256()), (issuer.certificate,))
