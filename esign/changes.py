"""What changed between two revisions of anybody's PDF, seen from what a reader shows.

Both revisions are walked from the catalog; places that a later save may honestly touch (validation data, new
signatures, filled fields, annotations, metadata) are told apart from everything else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from esign.document import View
from esign.signatures import Field, fields
from esign.values import Ref


class Change(StrEnum):
    """A kind of change; CONTENT is whatever is none of the others."""

    STAMP = "stamp"
    SIGNATURE = "signature"
    FILLED = "filled"
    FORM = "form"
    ANNOTATION = "annotation"
    METADATA = "metadata"
    STRUCTURE = "structure"
    CONTENT = "content"


ALLOWED = {
    None: frozenset(Change) - {Change.CONTENT},
    1: frozenset({Change.STAMP, Change.METADATA}),
    2: frozenset({Change.STAMP, Change.METADATA, Change.STRUCTURE, Change.SIGNATURE, Change.FILLED}),
    3: frozenset(Change) - {Change.CONTENT, Change.FORM},
}
"""By the certification's P (ISO 32000-2, table 257); None: approval signatures alone."""
UNSEEN = frozenset({Change.STAMP, Change.METADATA, Change.STRUCTURE})
_BOOKKEEPING = {"DSS", "Perms", "Extensions", "Version"}
_FILLING = {"V", "AP", "AS", "M", "RV", "I", "MK"}


def changes(before: View, after: View) -> frozenset[Change]:
    """The kinds of change from one revision to a later one; validation data counts as none."""
    return _Comparison(before, after).run() if before.index != after.index else frozenset()


class _Comparison:
    def __init__(self, before: View, after: View) -> None:
        self._before, self._after = before, after
        self._found: set[Change] = set()
        self._alike: set[tuple[Ref, Ref]] = set()
        self._old_fields = {field.ref: field for field in fields(before)}
        self._new_fields = {field.ref: field for field in fields(after)}
        self._pages = list(before.pages())
        # Compared on their own, once: a reference to one of them is followed no further.
        self._apart = {*self._pages, *self._old_fields}
        for page in self._pages:
            self._apart.update(
                a for a in before.items(before.entries(page).get("Annots")) if isinstance(a, Ref)
            )

    def run(self) -> frozenset[Change]:
        old, new = self._before.root, self._after.root
        for key in (old.keys() | new.keys()) - _BOOKKEEPING - {"AcroForm", "Pages"}:
            if not self._same(old.get(key), new.get(key)):
                self._found.add(
                    {"Metadata": Change.METADATA, "StructTreeRoot": Change.STRUCTURE}.get(key, Change.CONTENT)
                )
        infos = [
            view.document.revisions[view.index].trailer.get("Info") for view in (self._before, self._after)
        ]
        if not self._same(*infos):
            self._found.add(Change.METADATA)
        self._compare_form()
        self._compare_pages()
        return frozenset(self._found)

    def _compare_form(self) -> None:
        old = self._before.entries(self._before.root.get("AcroForm"))
        new = self._after.entries(self._after.root.get("AcroForm"))
        for key in (old.keys() | new.keys()) - {"Fields", "SigFlags"}:
            if not self._same(old.get(key), new.get(key)):
                self._found.add(Change.FILLED if key in {"DR", "DA", "NeedAppearances"} else Change.FORM)
        for ref in self._old_fields:
            self._compare_annotation(ref)
        if self._old_fields.keys() - self._new_fields.keys():
            self._found.add(Change.CONTENT)
        for ref in self._new_fields.keys() - self._old_fields.keys():
            self._found.add(self._kind_of_new(self._new_fields[ref]))

    def _kind_of_new(self, field: Field) -> Change:
        if field.kind != "Sig" or "V" not in field.entries:
            return Change.FORM
        stamp = self._after.entries(field.entries["V"]).get("Type") == "DocTimeStamp"
        box = self._after.items(field.entries.get("Rect"))
        unseen = "AP" not in field.entries or (len(box) == 4 and box[:2] == box[2:])
        return Change.STAMP if stamp and unseen else Change.SIGNATURE

    def _compare_pages(self) -> None:
        if list(self._after.pages()) != self._pages:
            self._found.add(Change.CONTENT)
            return
        for page in self._pages:
            old, new = self._before.entries(page), self._after.entries(page)
            for key in (old.keys() | new.keys()) - {"Annots"}:
                if not self._same(old.get(key), new.get(key)):
                    self._found.add(Change.CONTENT)
            listed = self._before.items(old.get("Annots")), self._after.items(new.get("Annots"))
            self._compare_annotations(*listed)

    def _compare_annotations(self, old: list[Any], new: list[Any]) -> None:
        kept = [item for item in new if item in old]
        if kept != old:
            self._found.add(Change.ANNOTATION)
        for item in old:
            if isinstance(item, Ref) and item not in self._old_fields:
                self._compare_annotation(item)
        for item in new:
            if item not in old and not (isinstance(item, Ref) and item in self._new_fields):
                self._found.add(Change.ANNOTATION)

    def _compare_annotation(self, ref: Ref) -> None:
        """A field or an annotation that was there before."""
        old, new = self._before.entries(ref), self._after.entries(ref)
        keys = {key for key in old.keys() | new.keys() if not self._same(old.get(key), new.get(key))}
        if not keys:
            return
        field = self._old_fields.get(ref)
        if field is None:
            self._found.add(Change.FILLED if keys <= _FILLING and "FT" in old else Change.ANNOTATION)
        elif field.kind == "Sig":
            self._found.add(Change.CONTENT if "V" in old else self._kind_of_new(Field(ref, field.kind, new)))
        else:
            self._found.add(Change.FILLED if keys <= _FILLING else Change.FORM)

    def _same(self, old: Any, new: Any) -> bool:
        """Whether two values show the same, references followed in their own revisions."""
        waiting = [(old, new)]
        while waiting:
            a, b = waiting.pop()
            if isinstance(a, Ref) and isinstance(b, Ref):
                if (a, b) in self._alike or (a == b and a in self._apart):
                    continue
                self._alike.add((a, b))
                if self._stored(self._before, a) != self._stored(self._after, b):
                    self._alike.clear()
                    return False
            a, b = self._before.resolve(a), self._after.resolve(b)
            if isinstance(a, dict) and isinstance(b, dict):
                if a.keys() != b.keys():
                    self._alike.clear()
                    return False
                waiting += [(a[key], b[key]) for key in a]
            elif type(a) is list and type(b) is list:
                if len(a) != len(b):
                    self._alike.clear()
                    return False
                waiting += zip(a, b, strict=True)
            elif type(a) is not type(b) or a != b:
                self._alike.clear()
                return False
        return True

    def _stored(self, view: View, ref: Ref) -> bytes | None:
        """A stream's stored bytes; None for what is no stream."""
        obj = view.object(ref.number)
        return None if obj is None or obj.stream is None else view.document.data[slice(*obj.stream)]
