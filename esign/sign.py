"""A rendered permit in, a PAdES signature on it: B-B, or B-T with a time-stamp authority (EN 319 142-1).

What the one appended revision holds, and nothing else:

* changed: catalog (/AcroForm, /Perms, /Extensions), the page (/Annots), the structure tree's root
  (/ParentTree) and its document element (/K);
* new: the merged field and widget, its appearance (which draws nothing: the block on the page is the
  renderer's), its Form structure element, the form, and last the signature dictionary.

It is a certification signature with DocMDP P=2 on a file without fillable fields: later revisions may add
validation data and document time stamps, which readers accept more widely under P=2 than under P=1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from certs.cms import largest_size, signed_data
from certs.keys import SigningKey, require_usable
from esign.errors import SigningError
from esign.fields import ANNOTATION_FLAGS, Frame, add_annotation, lay_out, page_number, signature_value
from esign.revision import Document, Revision
from esign.syntax import array, date, dictionary, reference, text
from esign.tagging import tag_as_form

FIELD_NAME = "TandaTangan1"
_ESIC = b"<</ESIC <</BaseVersion /1.7 /ExtensionLevel 1>>>>"  # EN 319 142-1, 5.6
_DOC_MDP = (
    b"[<</Type /SigRef /TransformMethod /DocMDP /TransformParams <</Type /TransformParams /P 2 /V /1.2>>>>]"
)
_TOKEN_BYTES = 2048


@dataclass(frozen=True)
class SignatureBox:
    """Where the signature's widget lies: page from 0, PDF points from the lower left corner."""

    page: int
    x1: float
    y1: float
    x2: float
    y2: float


def sign_pdf(
    pdf: bytes,
    box: SignatureBox,
    key: SigningKey,
    tokens: Callable[[bytes], bytes] | None,
    *,
    when: datetime,
    name: str,
    reason: str,
    location: str,
    contact: str | None = None,
    token_bytes: int = _TOKEN_BYTES,
) -> bytes:
    """Certify a rendered permit; the result begins with ``pdf``.

    Args:
        pdf: a tagged file of the renderer, not signed yet.
        box: the place of the signature block.
        key: the signer.
        tokens: SHA-256 digest -> time-stamp token (``TimestampClient.token``); None leaves level B-B.
        when: the claimed time, aware, for /M.
        name: the signer, as a reader's signature panel shows it.
        reason: why it was signed.
        location: the city.
        contact: how to reach the signer.
        token_bytes: room for the token (``TimestampClient.token_bytes``). A larger token costs a second
            signature and a second token, never a failure.

    Raises:
        SigningError: the file is of an unexpected shape, or the box lies on no page.
        KeyUnusable: the certificate does not allow a signature at ``when``.
        TimestampUnavailable: as raised by ``tokens``.
    """
    require_usable(key, when)
    document = Document(pdf)
    said = {b"M": date(when), b"Name": text(name), b"Reason": text(reason), b"Location": text(location)}
    if contact:
        said[b"ContactInfo"] = text(contact)
    said[b"Reference"] = _DOC_MDP
    room = largest_size(key, token_bytes if tokens else 0)
    frame = _prepare(document, box, name, said, room)
    blob = signed_data(key, frame.digest(), time_stamp=tokens)
    if len(blob) > frame.room:
        frame = _prepare(document, box, name, said, len(blob) + 64)
        blob = signed_data(key, frame.digest(), time_stamp=tokens)
        if len(blob) > frame.room:
            raise SigningError("Ukuran cap waktu berubah-ubah; tanda tangan tidak muat.")
    return frame.fill(blob)


def _prepare(document: Document, box: SignatureBox, name: str, said: dict[bytes, bytes], room: int) -> Frame:
    """The file with everything but the signature value."""
    catalog = document.entries(document.root)
    if catalog.keys() & {b"AcroForm", b"Perms", b"DSS", b"Extensions"}:
        raise SigningError("PDF sudah bertanda tangan atau memuat formulir.")
    page = page_number(document, box.page)
    revision = Revision(document)
    widget = revision.reserve()
    label = f"Tanda tangan elektronik {name}"
    index = tag_as_form(document, revision, page, widget, label)
    appearance = revision.add(_empty_appearance(box))
    form = revision.add(dictionary({b"Fields": array(reference(widget)), b"SigFlags": b"3"}))
    signature = revision.reserve()
    field = {
        b"Type": b"/Annot",
        b"Subtype": b"/Widget",
        b"FT": b"/Sig",
        b"T": text(FIELD_NAME),
        b"TU": text(label),
        b"V": reference(signature),
        b"P": reference(page),
        b"Rect": _rectangle(box),
        b"F": ANNOTATION_FLAGS,
        b"AP": dictionary({b"N": reference(appearance)}),
        b"StructParent": b"%d" % index,
    }
    revision.put(widget, dictionary(field))
    add_annotation(document, revision, page, widget)
    catalog[b"AcroForm"] = reference(form)
    catalog[b"Perms"] = dictionary({b"DocMDP": reference(signature)})
    catalog[b"Extensions"] = _ESIC
    revision.put(document.root, dictionary(catalog))
    rest = b"".join(b" /%b %b" % item for item in said.items())
    revision.put(signature, signature_value(b"Sig", b"ETSI.CAdES.detached", room, rest))
    return lay_out(revision, signature, room)


def _empty_appearance(box: SignatureBox) -> bytes:
    size = b"[0 0 %b %b]" % (_number(box.x2 - box.x1), _number(box.y2 - box.y1))
    return b"<</Type /XObject /Subtype /Form /BBox %b /Resources <<>> /Length 0>>\nstream\n\nendstream" % size


def _rectangle(box: SignatureBox) -> bytes:
    sides = (box.x1, box.y1, box.x2, box.y2)
    if not (all(math.isfinite(side) for side in sides) and box.x1 < box.x2 and box.y1 < box.y2):
        raise SigningError("Kotak tanda tangan tidak mempunyai luas.")
    return array(*(_number(side) for side in sides))


def _number(value: float) -> bytes:
    return f"{value:.3f}".rstrip("0").rstrip(".").encode()
