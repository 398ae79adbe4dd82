"""Appending a revision to a PDF whose cross-references are classic tables (ISO 32000-1, 7.5.4-7.5.6).

The renderer writes such files and so does every revision made here. Cross-reference streams, encryption,
hybrid files, generations other than 0 and bytes after the end are refused.
"""

from __future__ import annotations

import hashlib
import re

from esign.errors import SigningError
from esign.syntax import dictionary, read_dictionary, read_reference, reference, value_at

_END = re.compile(rb"startxref[\r\n]+(\d+)[\r\n]+%%EOF[\r\n]{0,2}\Z")
_SECTION = re.compile(rb"(\d+) (\d+) ?\r?\n")
_OBJECT = re.compile(rb"[\r\n ]*(\d+) 0 obj\b")
_STREAM = re.compile(rb"[\r\n ]*stream\r?\n")
_MOST_REVISIONS, _MOST_OBJECTS = 64, 200_000
_REFUSED = (b"Encrypt", b"XRefStm")


class Document:
    """A PDF's objects as its newest revision has them.

    Args:
        data: the whole file, its end of line after the last %%EOF included.

    Raises:
        SigningError: the file is of a shape that is not written here.
    """

    def __init__(self, data: bytes) -> None:
        end = _END.search(data, max(0, len(data) - 64))
        if not data.startswith(b"%PDF-1.") or end is None:
            raise SigningError("Berkas bukan PDF utuh yang diakhiri %%EOF.")
        self.data, self.start = data, int(end[1])
        self._offsets: dict[int, int] = {}
        self.trailer: dict[bytes, bytes] = {}
        try:
            self._read_tables()
            self.size = int(self.trailer[b"Size"])
            self.root = read_reference(self.trailer[b"Root"])
        except (ValueError, KeyError) as error:
            raise SigningError("Tabel rujukan silang PDF rusak.") from error

    def value(self, number: int) -> bytes:
        """The bytes of an object (of a stream: its dictionary).

        Raises:
            SigningError: there is no such object.
        """
        return self._value(number)[0]

    def entries(self, number: int) -> dict[bytes, bytes]:
        """A dictionary object's entries."""
        return read_dictionary(self.value(number))

    def stream(self, number: int) -> bytes:
        """The stored bytes of a stream whose length stands in its dictionary; filters are not undone.

        Raises:
            SigningError: the object is not such a stream.
        """
        raw, end = self._value(number)
        length = read_dictionary(raw).get(b"Length", b"")
        start = _STREAM.match(self.data, end)
        if start is None or not length.isdigit():
            raise SigningError(f"Objek {number} bukan aliran data yang wajar.")
        return self.data[start.end() : start.end() + int(length)]

    def _value(self, number: int) -> tuple[bytes, int]:
        offset = self._offsets.get(number, 0)
        head = _OBJECT.match(self.data, offset) if offset else None
        if head is None or int(head[1]) != number:
            raise SigningError(f"Objek {number} tidak ada di tempatnya.")
        return value_at(self.data, head.end())

    def _read_tables(self) -> None:
        position = self.start
        for _ in range(_MOST_REVISIONS):
            previous = self._read_table(position)
            if previous is None:
                return
            position = previous
        raise SigningError("PDF mempunyai terlalu banyak revisi.")

    def _read_table(self, position: int) -> int | None:
        if self.data[position : position + 4] != b"xref":
            raise SigningError("Tabel rujukan silang PDF bukan bentuk klasik.")
        position = self.data.index(b"\n", position) + 1
        while section := _SECTION.match(self.data, position):
            first, count = int(section[1]), int(section[2])
            position = section.end()
            if first + count > _MOST_OBJECTS:
                raise SigningError("Tabel rujukan silang PDF terlalu besar.")
            for number in range(first, first + count):
                entry = self.data[position : position + 20]
                position += 20
                self._offsets.setdefault(number, _offset(entry))
        raw, _ = value_at(self.data, _after(self.data, b"trailer", position))
        trailer = read_dictionary(raw)
        if any(key in trailer for key in _REFUSED) or not {b"Size", b"Root", b"ID"} <= trailer.keys():
            raise SigningError("Trailer PDF tidak lengkap atau memakai sandi.")
        self.trailer = self.trailer or trailer
        return int(trailer[b"Prev"]) if b"Prev" in trailer else None


class Revision:
    """Objects to be appended in one revision; the one added last stands last in the file."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._objects: dict[int, bytes] = {}
        self._next = document.size

    def reserve(self) -> int:
        """A new object number, to be filled with ``put``."""
        self._next += 1
        return self._next - 1

    def put(self, number: int, value: bytes) -> None:
        """Set what an object is from this revision on."""
        self._objects[number] = value

    def add(self, value: bytes) -> int:
        """Add a new object and give its number."""
        number = self.reserve()
        self.put(number, value)
        return number

    def write(self) -> tuple[bytes, dict[int, int]]:
        """The whole file, and where each object of this revision begins in it."""
        base = self._document.data
        if not base.endswith((b"\n", b"\r")):
            base += b"\n"
        parts, offsets, position = [base], {}, len(base)
        for number, value in self._objects.items():
            part = b"%d 0 obj\n%b\nendobj\n" % (number, value)
            offsets[number] = position
            position += len(part)
            parts.append(part)
        parts.append(self._table(offsets, position))
        return b"".join(parts), offsets

    def _table(self, offsets: dict[int, int], position: int) -> bytes:
        lines, numbers = [b"xref\n"], sorted(offsets)
        runs = [n for n in numbers if n - 1 not in offsets]
        for first in runs:
            count = next(n for n in range(1, len(numbers) + 1) if first + n not in offsets)
            lines.append(b"%d %d\n" % (first, count))
            lines += [b"%010d 00000 n \n" % offsets[n] for n in range(first, first + count)]
        old = self._document.trailer
        first_id, _ = _identifiers(old[b"ID"])
        entries = {b"Size": b"%d" % self._next, b"Root": reference(self._document.root)}
        if b"Info" in old:
            entries[b"Info"] = old[b"Info"]
        fresh = hashlib.sha256(b"".join(self._objects.values())).digest()[:16].hex().encode()
        entries |= {b"ID": b"[%b<%b>]" % (first_id, fresh), b"Prev": b"%d" % self._document.start}
        lines.append(b"trailer\n%b\nstartxref\n%d\n%%%%EOF\n" % (dictionary(entries), position))
        return b"".join(lines)


def _identifiers(raw: bytes) -> tuple[bytes, bytes]:
    first, end = value_at(raw, 1)
    return first, value_at(raw, end)[0]


def _offset(entry: bytes) -> int:
    if entry[17:18] == b"f":
        return 0
    if not (entry[:10].isdigit() and entry[10:17] == b" 00000 " and entry[17:18] == b"n"):
        raise SigningError("Tabel rujukan silang PDF rusak.")
    return int(entry[:10])


def _after(data: bytes, word: bytes, position: int) -> int:
    if data[position : position + len(word)] != word:
        raise SigningError("Tabel rujukan silang PDF rusak.")
    return position + len(word)
