"""A PDF's objects as each of its revisions shows them, read from exactly where the cross-references say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from esign.filters import decode
from esign.skeleton import OBJECT, STREAM, STREAM_END, Place, Revision, Skeleton, read_skeleton
from esign.values import SPACE, Damaged, Ref, Value, read_value

_ENDOBJ = re.compile(rb"endobj(?![^\x00\t\n\x0c\r ()<>\[\]{}/%])")
_PAIRS = re.compile(rb"\d+")
_DEEPEST_REFERENCE = 16
_MOST_PAGES = 20_000


@dataclass(frozen=True)
class Obj:
    """An object: its value, its bytes' span, and for a stream the span of its stored data."""

    value: Value
    start: int
    end: int
    stream: tuple[int, int] | None = None


class Document:
    """A file and its revisions.

    Raises:
        Damaged: the chain of cross-references is not sound.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.skeleton: Skeleton = read_skeleton(data)
        self.revisions: tuple[Revision, ...] = self.skeleton.revisions
        self._read: dict[tuple[Place, int], Obj] = {}
        self._holders: dict[Place, dict[int, Obj]] = {}
        self._views: dict[int, View] = {}

    def view(self, revision: int = -1) -> View:
        """The document as of a revision, counted from 0; -1 is the newest."""
        index = revision % len(self.revisions)
        if index not in self._views:
            places: dict[int, Place | None] = dict(self.view(index - 1).places) if index else {}
            places |= self.revisions[index].places
            self._views[index] = View(self, index, places)
        return self._views[index]

    def revision_ending_at(self, end: int) -> int | None:
        """The index of the revision that ends at ``end``; its final end of line may be left out."""
        for index, revision in enumerate(self.revisions):
            if revision.start < end <= revision.end and not self.data[end : revision.end].strip(b"\r\n"):
                return index
        return None

    def read(self, number: int, place: Place, view: View) -> Obj:
        """The object of that number at that place."""
        if place.holder is not None:
            return self._held(number, place, view)
        key = (place, number)
        if key not in self._read:
            self._read[key] = self._at(number, place, view)
        return self._read[key]

    def _at(self, number: int, place: Place, view: View) -> Obj:
        head = OBJECT.match(self.data, place.offset)
        if head is None or (int(head[1]), int(head[2])) != (number, place.generation):
            raise Damaged("xref-damaged")
        value, end = read_value(self.data, head.end())
        begin = STREAM.match(self.data, end) if isinstance(value, dict) else None
        if begin is None:
            finish = _ENDOBJ.match(self.data, SPACE.match(self.data, end).end())  # type: ignore[union-attr]
            if finish is None:
                raise Damaged("object-damaged")
            return Obj(value, place.offset, finish.end())
        length = view.resolve(value.get("Length"))
        if type(length) is not int or length < 0:
            raise Damaged("stream-damaged")
        stop = begin.end() + length
        finish = STREAM_END.match(self.data, stop)
        if finish is None:
            raise Damaged("stream-damaged")
        return Obj(value, place.offset, finish.end(), (begin.end(), stop))

    def _held(self, number: int, place: Place, view: View) -> Obj:
        holder_place = view.places.get(place.holder or 0)
        if holder_place is None or holder_place.holder is not None:
            raise Damaged("object-damaged")
        if holder_place not in self._holders:
            holder = self.read(place.holder or 0, holder_place, view)
            self._holders[holder_place] = self._unpack(holder, view)
        found = self._holders[holder_place].get(number)
        if found is None:
            raise Damaged("object-damaged")
        return found

    def _unpack(self, holder: Obj, view: View) -> dict[int, Obj]:
        """All objects of an object stream (ISO 32000-2, 7.5.7); their span is the stream's."""
        if holder.stream is None or holder.value.get("Type") != "ObjStm":
            raise Damaged("object-damaged")
        entries = {key: view.resolve(value) for key, value in holder.value.items()}
        data = decode(entries, self.data[holder.stream[0] : holder.stream[1]])
        first, count = entries.get("First"), entries.get("N")
        if type(first) is not int or type(count) is not int or not 0 <= first <= len(data):
            raise Damaged("object-damaged")
        numbers = [int(n) for n in _PAIRS.findall(data[:first])]
        if len(numbers) != 2 * count or len(set(numbers[::2])) != count:
            raise Damaged("object-damaged")
        return {
            number: Obj(read_value(data, first + offset)[0], holder.start, holder.end)
            for number, offset in zip(numbers[::2], numbers[1::2], strict=True)
        }


@dataclass(frozen=True)
class View:
    """The document as of one revision: which object stands where."""

    document: Document
    index: int
    places: dict[int, Place | None]

    def object(self, number: int) -> Obj | None:
        """An object, or None where there is none."""
        place = self.places.get(number)
        return None if place is None else self.document.read(number, place, self)

    def resolve(self, value: Value) -> Value:
        """The value itself, or what its reference leads to; None where that is nothing."""
        for _ in range(_DEEPEST_REFERENCE):
            if not isinstance(value, Ref):
                return value
            place = self.places.get(value.number)
            if place is None or place.generation != value.generation:
                return None
            value = self.document.read(value.number, place, self).value
        raise Damaged("reference-loop")

    def entries(self, value: Value) -> dict[str, Any]:
        """A dictionary, resolved; empty where there is none."""
        found = self.resolve(value)
        return found if isinstance(found, dict) else {}

    def items(self, value: Value) -> list[Any]:
        """An array, resolved (its elements are not); empty where there is none."""
        found = self.resolve(value)
        return found if isinstance(found, list) else []

    def stream(self, value: Value, limit: int) -> bytes | None:
        """A stream's data with its filters undone, at most ``limit`` bytes; None where there is no stream."""
        found = self.object(value.number) if isinstance(value, Ref) else None
        if found is None or found.stream is None:
            return None
        entries = {key: self.resolve(item) for key, item in found.value.items()}
        return decode(entries, self.document.data[found.stream[0] : found.stream[1]], limit)

    @cached_property
    def root(self) -> dict[str, Any]:
        """The catalog."""
        return self.entries(self.root_ref)

    @property
    def root_ref(self) -> Ref:
        """The catalog's reference."""
        ref: Ref = self.document.revisions[self.index].trailer["Root"]
        return ref

    def pages(self) -> Iterator[Ref]:
        """The pages' references in order.

        Raises:
            Damaged: a tree that loops, is too large, or holds anything but references.
        """
        waiting: list[Value] = [self.root.get("Pages")]
        seen: set[Ref] = set()
        while waiting:
            node = waiting.pop()
            if not isinstance(node, Ref) or node in seen or len(seen) > _MOST_PAGES:
                raise Damaged("page-tree-damaged")
            seen.add(node)
            entries = self.entries(node)
            if "Kids" in entries:
                waiting += reversed(self.items(entries["Kids"]))
            else:
                yield node
