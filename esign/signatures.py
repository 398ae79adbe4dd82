"""The signatures in a PDF and what bytes each covers (ISO 32000-2, 12.8.1), in the standard's forms only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from esign import algorithms
from esign import der_reader as der
from esign.document import Document, Obj, View
from esign.values import Damaged, Name, Ref, Text, Value

_HOLE = re.compile(rb"<(?:[0-9a-f]*|[0-9A-F]*)>")
_MOST_FIELDS = 20_000
_DEEPEST_FIELD = 32
SUPPORTED = {"ETSI.CAdES.detached", "adbe.pkcs7.detached"}


@dataclass(frozen=True)
class Field:
    """One field of the form: its reference and its name; ``kind`` (FT) may come from a parent."""

    ref: Ref
    kind: str | None
    entries: dict[str, Any]


@dataclass(frozen=True)
class Signature:
    """A signature as it stands in the newest revision.

    ``problem`` is the code of what keeps it from being checked. ``revision`` is the one it covers to its last
    byte, None where there is no such. ``blob`` is the CMS or token without its padding.
    """

    ref: Ref | None
    value: dict[str, Any]
    is_stamp: bool
    byte_range: tuple[int, int, int, int] = (0, 0, 0, 0)
    revision: int | None = None
    blob: bytes = b""
    problem: str | None = None

    def digest(self, document: Document, name: str) -> bytes:
        """The hash of the covered bytes."""
        view = memoryview(document.data)
        first, length, second, rest = self.byte_range
        return algorithms.digest(name, view[first : first + length], view[second : second + rest])


def fields(view: View) -> Iterator[Field]:
    """The form's terminal fields.

    Raises:
        Damaged: the tree loops or is too large.
    """
    form = view.entries(view.root.get("AcroForm"))
    waiting: list[tuple[Value, str | None, int]] = [(f, None, 0) for f in view.items(form.get("Fields"))]
    seen: set[Ref] = set()
    while waiting:
        ref, kind, depth = waiting.pop(0)
        if not isinstance(ref, Ref) or ref in seen or len(seen) > _MOST_FIELDS or depth > _DEEPEST_FIELD:
            raise Damaged("form-damaged")
        seen.add(ref)
        entries = view.entries(ref)
        kind = view.resolve(entries.get("FT", kind))
        kids = [kid for kid in view.items(entries.get("Kids")) if "T" in view.entries(kid)]
        if kids:
            waiting += [(kid, kind, depth + 1) for kid in kids]
        else:
            yield Field(ref, kind if isinstance(kind, Name) else None, entries)


def signed_values(view: View) -> list[Value]:
    """What the signature fields hold, as it stands there (references, if all is well)."""
    return [field.entries["V"] for field in fields(view) if field.kind == "Sig" and "V" in field.entries]


def find_signatures(document: Document) -> list[Signature]:
    """All signatures of the newest revision, in the order of what they cover.

    Raises:
        Damaged: the form cannot be read.
    """
    found = [_read(document, document.view(), value) for value in signed_values(document.view())]
    return sorted(found, key=lambda signature: signature.byte_range[2] + signature.byte_range[3])


def missing_signatures(document: Document) -> bool:
    """Whether an older revision held a signature that the newest no longer has."""
    newest = {value for value in signed_values(document.view()) if isinstance(value, Ref)}
    for index in range(len(document.revisions) - 1):
        for value in signed_values(document.view(index)):
            if isinstance(value, Ref) and value not in newest:
                return True
    return False


def _read(document: Document, view: View, value: Value) -> Signature:
    entries = view.entries(value)
    is_stamp = entries.get("Type") == "DocTimeStamp"
    if not isinstance(value, Ref) or not entries:
        return Signature(None, entries, is_stamp, problem="signature-malformed")
    obj = view.object(value.number)
    if obj is None or not _is_standard(entries):
        return Signature(value, entries, is_stamp, problem="signature-malformed")
    wanted = {"ETSI.RFC3161"} if is_stamp else SUPPORTED
    if entries["SubFilter"] not in wanted:
        return Signature(value, entries, is_stamp, problem="signature-format-unknown")
    numbers = entries["ByteRange"]
    covered = (numbers[0], numbers[1], numbers[2], numbers[3])
    try:
        blob = _blob(document, entries, obj, covered)
    except Damaged as error:
        return Signature(value, entries, is_stamp, covered, problem=error.code)
    revision = document.revision_ending_at(covered[2] + covered[3])
    if revision is not None and not document.revisions[revision].start <= obj.start:
        revision = None
    return Signature(value, entries, is_stamp, covered, revision, blob)


def _is_standard(entries: dict[str, Any]) -> bool:
    """Whether what matters is there, direct, and of its type."""
    numbers = entries.get("ByteRange")
    return (
        entries.get("Type", Name("Sig")) in {"Sig", "DocTimeStamp"}
        and isinstance(entries.get("Filter"), Name)
        and isinstance(entries.get("SubFilter"), Name)
        and isinstance(entries.get("Contents"), Text)
        and isinstance(numbers, list)
        and len(numbers) == 4
        and all(type(number) is int and number >= 0 for number in numbers)
    )


def _blob(document: Document, entries: dict[str, Any], obj: Obj, covered: tuple[int, int, int, int]) -> bytes:
    """The CMS from the hole, after checking that the hole is nothing but /Contents.

    Raises:
        Damaged: ``byte-range-wrong`` or ``cms-damaged``.
    """
    start, first, second, rest = covered
    if start or not 0 < first < second or second + rest > len(document.data):
        raise Damaged("byte-range-wrong")
    hole = document.data[first:second]
    if not (obj.start < first and second < obj.end) or not _HOLE.fullmatch(hole) or len(hole) % 2:
        raise Damaged("byte-range-wrong")
    contents = bytes.fromhex(hole[1:-1].decode("ascii"))
    if contents != entries["Contents"]:
        raise Damaged("byte-range-wrong")
    node, padding = der.read_first(contents)
    if padding.strip(b"\0"):
        raise Damaged("cms-damaged")
    return node.raw
