"""The QR on a printed permit, read and judged by libraries that made nothing of it."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import date
from urllib.parse import urlsplit

import cbor2
import pikepdf
import pypdfium2
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from harness import TYPES
from pycose.keys import EC2Key
from pycose.messages import Sign1Message

from permits.catalog import Catalog
from permits.permit import digest_of_facts

CODES = sorted(p.parent.name for p in TYPES.glob("*/example.json"))
DPI = 300


def printed_qr(pdf):
    """Rasterise each page as a printer would and return what a reader reads on them."""
    with pypdfium2.PdfDocument(pdf) as document:
        found = []
        for page in document:
            picture = page.render(scale=DPI / 72, grayscale=True)
            rows = memoryview(picture.buffer).cast("B", (picture.height, picture.stride))
            found += zxingcpp.read_barcodes(rows, formats=zxingcpp.BarcodeFormat.QRCode)
        return [code.text for code in found]


def attached(pdf, path):
    path.write_bytes(pdf)
    with pikepdf.open(path) as document:
        return json.loads(document.attachments["permit.json"].get_file().read_bytes())


def checked_seal(seal, token, office):
    """Verify a seal by the second COSE implementation under the office's public key; returns its payload."""
    public = load_pem_private_key((office.data / "authority" / "seal.pem").read_bytes(), None).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    point = public.public_numbers()
    raw = cbor2.loads(base64.b32decode(seal + "=" * (-len(seal) % 8)))
    assert raw.tag == Sign1Message.cbor_tag
    # Not `decode`: it wants a list and a dict, and cbor2 gives what is under a tag as tuple and frozendict.
    protected, unprotected, payload, signature = raw.value
    parts = [protected, dict(unprotected), payload, signature]
    message = Sign1Message.from_cose_obj(parts, allow_unknown_attributes=False)
    message.key = EC2Key(crv="P_256", x=point.x.to_bytes(32, "big"), y=point.y.to_bytes(32, "big"))
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert cbor2.loads(protected) == {1: -7, 4: hashlib.sha256(spki).digest()[:8]}
    message.external_aad = token.encode()
    assert message.verify_signature()
    message.external_aad = (token[:-1] + ("A" if token[-1] != "A" else "B")).encode()
    assert not message.verify_signature(), "it fits another permit's token too"
    return cbor2.loads(payload)


def days(day):
    return (date.fromisoformat(day) - date(1970, 1, 1)).days


@pytest.mark.parametrize("code", CODES)
def test_the_printed_qr_leads_to_its_permit_and_its_seal_holds(office_up, tmp_path, code):
    held = office_up.issue(code, tmp_path / "izin.pdf")
    pdf = (tmp_path / "izin.pdf").read_bytes()
    (text,) = printed_qr(pdf)
    address = urlsplit(text)
    assert address.path.rpartition("/")[2] == held["token"]
    inside, kind = attached(pdf, tmp_path / "copy.pdf"), Catalog.load().get(code)
    facts = kind.validate(json.loads((TYPES / code / "example.json").read_text()))
    digest = digest_of_facts(code, facts)
    assert (inside["token"], inside["facts_sha256"]) == (held["token"], digest)
    sealed = checked_seal(address.fragment, held["token"], office_up)
    holder = facts[kind.applicant_field]
    assert sealed.pop(4) == holder if len(holder) <= 40 else holder.startswith(sealed.pop(4)[:-1].rstrip())
    assert sealed == {
        1: inside["office"],
        2: held["number"],
        3: code,
        5: days(inside["approved_on"]),
        7: bytes.fromhex(digest)[:16],
    } | ({6: days(inside["valid_until"])} if inside["valid_until"] else {})
