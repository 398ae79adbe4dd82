"""Signature fields in an appended revision: the field, its place on a page, and the hole for the CMS.

Every signature that is made here goes through ``Frame``: the file is laid out whole, with zeros where the
signature will stand, then hashed around that hole and filled.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from esign.errors import SigningError
from esign.revision import Document, Revision
from esign.syntax import array, dictionary, is_reference, read_array, read_reference, reference

ANNOTATION_FLAGS = b"132"  # Print and Locked; PDF/A wants Print, and no other way to hide it
_BYTE_RANGE = b"[0 0000000000 0000000000 0000000000]"
_MARK = b"/ByteRange " + _BYTE_RANGE + b" /Contents <"
_DEEPEST_PAGE_TREE = 8


@dataclass(frozen=True)
class Frame:
    """A laid-out file with a hole for ``room`` bytes of CMS at ``start`` (the ``<`` of /Contents)."""

    data: bytes
    start: int
    room: int

    @property
    def _end(self) -> int:
        return self.start + 2 * self.room + 2

    def digest(self) -> bytes:
        """SHA-256 of all but the hole."""
        view = memoryview(self.data)
        hashed = hashlib.sha256(view[: self.start])
        hashed.update(view[self._end :])
        return hashed.digest()

    def fill(self, blob: bytes) -> bytes:
        """The finished file; ``blob`` must fit."""
        return b"%b<%b>%b" % (
            self.data[: self.start],
            blob.hex().encode().ljust(2 * self.room, b"0"),
            self.data[self._end :],
        )


def signature_value(kind: bytes, sub_filter: bytes, room: int, rest: bytes = b"") -> bytes:
    """A signature dictionary (ISO 32000-1, 12.8.1) with its hole; ``rest`` are further entries."""
    head = b"<</Type /%b /Filter /Adobe.PPKLite /SubFilter /%b " % (kind, sub_filter)
    return b"%b%b%b>%b>>" % (head, _MARK, b"0" * (2 * room), rest)


def lay_out(revision: Revision, signature: int, room: int) -> Frame:
    """Write the revision and set the byte range around the hole of object ``signature``."""
    data, offsets = revision.write()
    mark = data.index(_MARK, offsets[signature])
    start = mark + len(_MARK) - 1
    end = start + 2 * room + 2
    figures = b"[0 %d %d %d" % (start, end, len(data) - end)
    covered = figures.ljust(len(_BYTE_RANGE) - 1) + b"]"
    place = mark + len(b"/ByteRange ")
    return Frame(data[:place] + covered + data[place + len(covered) :], start, room)


def page_number(document: Document, index: int) -> int:
    """The object number of a page, counted from 0.

    Raises:
        SigningError: there is no such page.
    """
    pages = _pages(document, read_reference(document.entries(document.root)[b"Pages"]), _DEEPEST_PAGE_TREE)
    if not 0 <= index < len(pages):
        raise SigningError(f"PDF tidak mempunyai halaman {index + 1}.")
    return pages[index]


def add_annotation(document: Document, revision: Revision, page: int, widget: int) -> None:
    """Append a widget to a page's annotations."""
    entries = document.entries(page)
    raw = entries.get(b"Annots", b"[]")
    listed = read_array(document.value(read_reference(raw)) if is_reference(raw) else raw)
    annotations = array(*listed, reference(widget))
    if is_reference(raw):
        revision.put(read_reference(raw), annotations)
    else:
        entries[b"Annots"] = annotations
        revision.put(page, dictionary(entries))


def _pages(document: Document, node: int, depth: int) -> list[int]:
    entries = document.entries(node)
    if b"Kids" not in entries:
        return [node]
    if not depth:
        raise SigningError("Pohon halaman PDF terlalu dalam.")
    kids = [read_reference(kid) for kid in read_array(entries[b"Kids"])]
    return [page for kid in kids for page in _pages(document, kid, depth - 1)]
