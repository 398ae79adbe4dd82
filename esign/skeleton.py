"""The cross-reference chain of a PDF, read strictly (ISO 32000-2, 7.5.4-7.5.8): who put what where.

Nothing is repaired. Tables and streams both, linearised files too; hybrid files and encryption are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from esign.filters import decode
from esign.values import SPACE, Damaged, Ref, read_value

_MOST_SECTIONS, _MOST_OBJECTS = 128, 400_000
_END_OF_LINE = re.compile(rb"\A(?:\r\n|\n|\r)")
_HEADER = re.compile(rb"%PDF-(?:1\.[0-7]|2\.0)[\r\n ]")
_SUBSECTION = re.compile(rb"(\d{1,10}) (\d{1,10}) ?(?:\r\n|\n|\r)")
_ENTRIES = re.compile(rb"(?:\d{10} \d{5} [nf](?: \n| \r|\r\n))*+")
_TABLE = re.compile(rb"xref ?(?:\r\n|\n|\r)")
_TAIL = re.compile(
    rb"[\x00\t\n\x0c\r ]*startxref[\x00\t\n\x0c\r ]+(\d{1,12})[\x00\t\n\x0c\r ]+%%EOF(?:\r\n|\n|\r)?"
)
_LAST = re.compile(rb"startxref[\x00\t\n\x0c\r ]+(\d{1,12})[\x00\t\n\x0c\r ]+\Z")
OBJECT = re.compile(
    rb"(\d{1,10})[\x00\t\n\x0c\r ]+(\d{1,5})[\x00\t\n\x0c\r ]+obj(?![^\x00\t\n\x0c\r ()<>\[\]{}/%])"
)
STREAM = re.compile(rb"[\x00\t\n\x0c\r ]*stream(?:\r\n|\n)")
STREAM_END = re.compile(
    rb"(?:\r\n|\n|\r)?endstream[\x00\t\n\x0c\r ]+endobj(?![^\x00\t\n\x0c\r ()<>\[\]{}/%])"
)


class Place(NamedTuple):
    """Where an object stands: at ``offset``, or as number ``member`` in the object stream ``holder``."""

    offset: int
    generation: int
    holder: int | None = None
    member: int = 0


@dataclass(frozen=True)
class Section:
    """One cross-reference table or stream. ``places``: None for what is freed; ``declared``: startxref."""

    at: int
    end: int
    declared: int
    places: dict[int, Place | None]
    trailer: dict[str, Any]
    stream_number: int | None = None


@dataclass(frozen=True)
class Revision:
    """What one save of the file added: bytes from ``start`` to ``end``, and its part of the chain."""

    start: int
    end: int
    sections: tuple[Section, ...]
    places: dict[int, Place | None]
    trailer: dict[str, Any]


@dataclass(frozen=True)
class Skeleton:
    """All revisions, oldest first, and what follows the last %%EOF besides one end of line."""

    revisions: tuple[Revision, ...]
    trailing: bytes
    section_count: int


def read_skeleton(data: bytes) -> Skeleton:
    """Follow the chain from the end of the file.

    Raises:
        Damaged: no header at the first byte, or a chain that is not the standard's.
    """
    if not _HEADER.match(data):
        raise Damaged("bytes-before-header" if _HEADER.search(data[:4096]) else "not-a-pdf")
    mark = data.rfind(b"%%EOF")
    last = _LAST.search(data, max(0, mark - 64), mark) if mark >= 0 else None
    if last is None:
        raise Damaged("end-missing")
    chain = _read_chain(data, int(last[1]))
    revisions = _group(chain)
    # The chain may end long before the file does: what follows its last revision belongs to nobody.
    end = revisions[-1].end
    trailing = data[end:]
    if not data.endswith((b"\r", b"\n"), 0, end):
        trailing = _END_OF_LINE.sub(b"", trailing, count=1)
    return Skeleton(revisions, trailing, len(chain))


def _read_chain(data: bytes, start: int) -> list[Section]:
    chain: list[Section] = []
    at: int | None = start
    while at is not None:
        if any(at == section.at for section in chain) or len(chain) >= _MOST_SECTIONS:
            raise Damaged("xref-loop")
        section = _read_table(data, at) if _TABLE.match(data, at) else _read_stream(data, at)
        trailer = section.trailer
        if "Encrypt" in trailer:
            raise Damaged("encrypted")
        if "XRefStm" in trailer:
            raise Damaged("hybrid-xref")
        if not isinstance(trailer.get("Root"), Ref) or not isinstance(trailer.get("Size"), int):
            raise Damaged("xref-damaged")
        chain.append(section)
        at = trailer.get("Prev")
        if at is not None and (type(at) is not int or not 0 < at < len(data)):
            raise Damaged("xref-damaged")
    return chain


def _read_table(data: bytes, at: int) -> Section:
    header = _TABLE.match(data, at)
    position = header.end() if header else at
    places: dict[int, Place | None] = {}
    while found := _SUBSECTION.match(data, position):
        first, count = int(found[1]), int(found[2])
        position, end = found.end(), found.end() + 20 * count
        if first + count > _MOST_OBJECTS:
            raise Damaged("too-many-objects")
        if _ENTRIES.match(data, position, end).end() != end or end > len(data):  # type: ignore[union-attr]
            raise Damaged("xref-damaged")
        for number in range(first, first + count):
            if number in places:
                raise Damaged("duplicate-object")
            entry = data[position : position + 18]
            places[number] = Place(int(entry[:10]), int(entry[11:16])) if entry[17] == 0x6E else None
            position += 20
    if data[position : position + 7] != b"trailer":
        raise Damaged("xref-damaged")
    trailer, body_end = read_value(data, position + 7)
    return _section(data, at, body_end, places, trailer)


def _read_stream(data: bytes, at: int) -> Section:
    head = OBJECT.match(data, at)
    if head is None:
        raise Damaged("xref-damaged")
    entries, position = read_value(data, head.end())
    begin = STREAM.match(data, position)
    length = entries.get("Length") if isinstance(entries, dict) else None
    if begin is None or type(length) is not int or length < 0 or entries.get("Type") != "XRef":
        raise Damaged("xref-damaged")
    finish = STREAM_END.match(data, begin.end() + length)
    if finish is None:
        raise Damaged("xref-damaged")
    rows = decode(entries, data[begin.end() : begin.end() + length])
    return _section(data, at, finish.end(), _stream_places(entries, rows), entries, int(head[1]))


def _stream_places(entries: dict[str, Any], rows: bytes) -> dict[int, Place | None]:
    widths: Any = entries.get("W")
    index: Any = entries.get("Index", [0, entries.get("Size")])
    for numbers in (widths, index):
        if not isinstance(numbers, list) or not all(
            type(n) is int and 0 <= n <= _MOST_OBJECTS for n in numbers
        ):
            raise Damaged("xref-damaged")
    if len(widths) != 3 or max(widths) > 8 or not sum(widths) or len(index) % 2:
        raise Damaged("xref-damaged")
    numbers = [
        n for first, count in zip(index[::2], index[1::2], strict=True) for n in range(first, first + count)
    ]
    if len(numbers) > _MOST_OBJECTS or len(rows) != len(numbers) * sum(widths):
        raise Damaged("xref-damaged")
    places: dict[int, Place | None] = {}
    a, b = widths[0], widths[0] + widths[1]
    for row, number in enumerate(numbers):
        if number in places:
            raise Damaged("duplicate-object")
        field = rows[row * sum(widths) : (row + 1) * sum(widths)]
        kind = int.from_bytes(field[:a], "big") if a else 1
        places[number] = _place(kind, int.from_bytes(field[a:b], "big"), int.from_bytes(field[b:], "big"))
    return places


def _place(kind: int, second: int, third: int) -> Place | None:
    if kind == 0:
        return None
    if kind == 1:
        return Place(second, third)
    if kind == 2:
        return Place(0, 0, second, third)
    raise Damaged("xref-damaged")


def _section(  # noqa: PLR0917 - a record's columns
    data: bytes,
    at: int,
    body_end: int,
    places: dict[int, Place | None],
    trailer: Any,
    number: int | None = None,
) -> Section:
    tail = _TAIL.match(data, SPACE.match(data, body_end).end())  # type: ignore[union-attr]
    if tail is None or not isinstance(trailer, dict):
        raise Damaged("xref-damaged")
    return Section(at, tail.end(), int(tail[1]), places, trailer, number)


def _group(chain: list[Section]) -> tuple[Revision, ...]:
    """Sections to revisions, oldest first; one that points forward is a linearised file's first part."""
    groups: list[list[Section]] = []
    for section in reversed(chain):
        if groups and section.at < groups[-1][0].at:
            if len(groups) > 1 or len(groups[-1]) > 1 or groups[-1][0].declared != section.at:
                raise Damaged("xref-order")
            groups[-1].append(section)
        else:
            groups.append([section])
    if any(len(group) == 1 and group[0].declared != group[0].at for group in groups):
        raise Damaged("xref-order")
    revisions: list[Revision] = []
    for group in groups:
        start = revisions[-1].end if revisions else 0
        if group[0].at < start:
            raise Damaged("xref-order")
        places: dict[int, Place | None] = {}
        for section in group:
            places |= section.places
        end = max(section.end for section in group)
        revisions.append(Revision(start, end, tuple(group), places, group[-1].trailer))
    return tuple(revisions)
