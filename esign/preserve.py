"""A signature made to last: B-T to B-LTA, and B-LTA again before its last time stamp fades (EN 319 142-1).

Two revisions are appended, and the result begins with the whole input:

1. the DSS (certificates, CRLs, OCSP responses; no VRI), named in the catalog. Left out if nothing is new;
2. a document time stamp over all before it: one field of zero size without appearance on the first page,
   last in the form. The catalog, Info and XMP are not touched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asn1crypto.cms import ContentInfo

from certs.revocation import Evidence
from esign.errors import SigningError
from esign.fields import ANNOTATION_FLAGS, Frame, add_annotation, lay_out, page_number, signature_value
from esign.revision import Document, Revision
from esign.syntax import array, dictionary, is_reference, read_array, read_reference, reference, text

_TOKEN_BYTES = 2048
_STORES = (b"Certs", b"CRLs", b"OCSPs")


def preserve(
    pdf: bytes, evidence: Evidence, tokens: Callable[[bytes], bytes], *, token_bytes: int = _TOKEN_BYTES
) -> bytes:
    """Append validation data and a document time stamp.

    Args:
        pdf: a signed file of ours, at any level from B-B; it should have been verified just before.
        evidence: for the certificates that ``certificates_to_prove`` names.
        tokens: SHA-256 digest -> time-stamp token.
        token_bytes: room for the token; a larger one costs a second token, never a failure.

    Raises:
        SigningError: the file is of an unexpected shape or bears no signature, or the evidence holds
            neither CRL nor OCSP response.
        TimestampUnavailable: as raised by ``tokens``.
    """
    if not (evidence.crls or evidence.ocsps):
        raise SigningError("Tanpa bukti status sertifikat, berkas tidak dapat diawetkan.")
    with_data = _add_validation_data(pdf, evidence)
    frame = _prepare_time_stamp(with_data, token_bytes)
    token = tokens(frame.digest())
    if len(token) > frame.room:
        frame = _prepare_time_stamp(with_data, len(token) + 64)
        token = tokens(frame.digest())
        if len(token) > frame.room:
            raise SigningError("Ukuran cap waktu berubah-ubah; cap waktu tidak muat.")
    return frame.fill(token)


def certificates_to_prove(pdf: bytes) -> tuple[bytes, ...]:
    """The certificates (DER) whose status must be proved before ``preserve``.

    On the first time those of every signature and of its time stamps; on a renewal those of the last
    document time stamp, for all before it is proved already.

    Raises:
        SigningError: the file is of an unexpected shape or bears no signature.
    """
    document = Document(pdf)
    values = [document.entries(number) for number in _signatures(document)]
    if b"DSS" in document.entries(document.root) and values[-1].get(b"Type") == b"/DocTimeStamp":
        values = values[-1:]
    found: dict[bytes, None] = {}
    for value in values:
        try:
            blob = bytes.fromhex(value[b"Contents"].strip(b"<>").decode("ascii"))
            found |= dict.fromkeys(_certificates(ContentInfo.load(blob)["content"]))
        except (ValueError, KeyError, TypeError) as error:
            raise SigningError("Tanda tangan di dalam PDF tidak dapat dibaca.") from error
    return tuple(found)


def _certificates(signed_data: Any) -> list[bytes]:
    """The certificates in a SignedData and in the time stamps on its signers."""
    found = [choice.chosen.dump() for choice in signed_data["certificates"]]
    for signer in signed_data["signer_infos"]:
        for attribute in signer["unsigned_attrs"]:
            if attribute["type"].native == "signature_time_stamp_token":
                for token in attribute["values"]:
                    found += _certificates(token["content"])
    return found


def _signatures(document: Document) -> list[int]:
    """The object numbers of the signature dictionaries, in the order of the form's fields."""
    form = document.entries(document.root).get(b"AcroForm", b"")
    if not is_reference(form):
        raise SigningError("PDF tidak bertanda tangan.")
    fields = [
        document.entries(read_reference(f))
        for f in read_array(document.entries(read_reference(form))[b"Fields"])
    ]
    values = [read_reference(f[b"V"]) for f in fields if f.get(b"FT") == b"/Sig" and b"V" in f]
    if not values:
        raise SigningError("PDF tidak bertanda tangan.")
    return values


def _add_validation_data(pdf: bytes, evidence: Evidence) -> bytes:
    document = Document(pdf)
    _signatures(document)
    revision = Revision(document)
    catalog = document.entries(document.root)
    here = read_reference(catalog[b"DSS"]) if b"DSS" in catalog else None
    store = document.entries(here) if here is not None else {b"Type": b"/DSS"}
    grown = False
    for name, items in zip(_STORES, (evidence.certs, evidence.crls, evidence.ocsps), strict=True):
        listed = read_array(store.get(name, b"[]"))
        held = {document.stream(read_reference(item)) for item in listed}
        fresh = [reference(revision.add(_stream(item))) for item in items if item not in held]
        if listed or fresh:
            store[name] = array(*listed, *fresh)
        grown = grown or bool(fresh)
    if not grown:
        return pdf
    if here is None:
        catalog[b"DSS"] = reference(revision.add(dictionary(store)))
        revision.put(document.root, dictionary(catalog))
    else:
        revision.put(here, dictionary(store))
    return revision.write()[0]


def _prepare_time_stamp(pdf: bytes, room: int) -> Frame:
    document = Document(pdf)
    revision = Revision(document)
    page = page_number(document, 0)
    form_number = read_reference(document.entries(document.root)[b"AcroForm"])
    form = document.entries(form_number)
    fields = read_array(form[b"Fields"])
    widget, signature = revision.reserve(), revision.reserve()
    field = {
        b"Type": b"/Annot",
        b"Subtype": b"/Widget",
        b"FT": b"/Sig",
        b"T": text(f"CapWaktu{len(fields)}"),
        b"TU": text("Cap waktu dokumen"),
        b"V": reference(signature),
        b"P": reference(page),
        b"Rect": b"[0 0 0 0]",
        b"F": ANNOTATION_FLAGS,
    }
    revision.put(widget, dictionary(field))
    add_annotation(document, revision, page, widget)
    form[b"Fields"] = array(*fields, reference(widget))
    revision.put(form_number, dictionary(form))
    revision.put(signature, signature_value(b"DocTimeStamp", b"ETSI.RFC3161", room))
    return lay_out(revision, signature, room)


def _stream(data: bytes) -> bytes:
    return b"<</Length %d>>\nstream\n%b\nendstream" % (len(data), data)
