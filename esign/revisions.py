"""What may follow the certification of a permit: validation data and document time stamps, in one shape each.

Stricter than ISO 32000-2, 12.8.2.2: a revision after the signature either adds to the DSS (EN 319 142-1,
5.4.2) or is one document time stamp (5.4.3), holds nothing else, and the last one is a time stamp, so that
every byte of the file but the holes is covered by a signature.
"""

from __future__ import annotations

from typing import Any

from esign import der_reader as der
from esign.document import Document, View
from esign.intake import account
from esign.signatures import Signature, fields
from esign.values import Damaged, Name, Ref, Text

_CODE = "changed-after-signing"
_STORES = ("Certs", "CRLs", "OCSPs")
_TRAILER = {
    "Size", "Root", "Info", "ID", "Prev", "Type", "W", "Index", "Length", "Filter", "DecodeParms",
}  # fmt: skip
_WIDGET = {"Type", "Subtype", "FT", "T", "V", "P", "Rect", "F"}
_STAMP = {"Type", "Filter", "SubFilter", "ByteRange", "Contents"}
_FLAGS = 132  # Print and Locked


def require_standard(document: Document, signatures: list[Signature]) -> None:
    """Refuse a permit that is anything but certified once, and then only preserved.

    Args:
        document: the file.
        signatures: all of it, from ``find_signatures``; those with a problem are refused elsewhere.

    Raises:
        Damaged: which rule is broken, by code.
    """
    account(document)
    if document.skeleton.trailing:
        raise Damaged("bytes-after-end")
    certification = _only_certification(document, signatures)
    stamps = {stamp.revision: stamp for stamp in signatures if stamp.is_stamp}
    if len(stamps) != len(signatures) - 1:
        raise Damaged(_CODE)
    first = certification + 1
    for index in range(first, len(document.revisions)):
        before, after = document.view(index - 1), document.view(index)
        _require_plain_trailer(document, index)
        if index in stamps:
            _require_stamp(before, after, stamps[index])
        else:
            _require_validation_data(before, after)
    if len(document.revisions) > first and len(document.revisions) - 1 not in stamps:
        raise Damaged("validation-data-not-stamped")


def certification_level(view: View, signature: Signature) -> int | None:
    """P of a certification signature (ISO 32000-2, 12.8.2.2), None for an approval signature.

    The certification is the one that the catalog's /Perms names.
    """
    if signature.ref is None or view.entries(view.root.get("Perms")).get("DocMDP") != signature.ref:
        return None
    for item in view.items(signature.value.get("Reference")):
        entries = view.entries(item)
        if entries.get("TransformMethod") == "DocMDP":
            level = view.entries(entries.get("TransformParams")).get("P", 2)
            return level if level in (1, 2, 3) else 1
    return 1


def _only_certification(document: Document, signatures: list[Signature]) -> int:
    signers = [signature for signature in signatures if not signature.is_stamp]
    if len(signers) != 1:
        raise Damaged(_CODE if signers else "unsigned")
    revision = signers[0].revision
    if revision is None:
        raise Damaged("byte-range-wrong")
    view = document.view(revision)
    if certification_level(view, signers[0]) not in {1, 2}:
        raise Damaged("not-certified")
    if any(field.kind != "Sig" for field in fields(view)):
        raise Damaged("fillable-field")
    return revision


def _require_plain_trailer(document: Document, index: int) -> None:
    old, new = (document.revisions[i].trailer for i in (index - 1, index))
    same = old["Root"] == new["Root"] and old.get("Info") == new.get("Info")
    first = [
        trailer.get("ID", [None])[:1] for trailer in (old, new) if isinstance(trailer.get("ID", []), list)
    ]
    if not same or new.keys() - _TRAILER or first[:1] != first[1:]:
        raise Damaged(_CODE)
    if any(place is None for number, place in document.revisions[index].places.items() if number):
        raise Damaged(_CODE)


def _require_validation_data(before: View, after: View) -> None:
    changed = _changed(after)
    root, old = after.root, before.root.get("DSS")
    here = root.get("DSS")
    expected: set[int] = set()
    if not isinstance(here, Ref) or _without(root, "DSS") != _without(before.root, "DSS"):
        raise Damaged(_CODE)
    if old is None:
        expected.add(after.root_ref.number)
    elif old != here:
        raise Damaged(_CODE)
    expected.add(here.number)
    store, held = after.entries(here), before.entries(old)
    if store.keys() - {"Type", *_STORES} or store.get("Type", Name("DSS")) != "DSS":
        raise Damaged(_CODE)
    for name in _STORES:
        listed, kept = store.get(name, []), held.get(name, [])
        if not isinstance(listed, list) or listed[: len(kept)] != kept:
            raise Damaged(_CODE)
        for ref in listed[len(kept) :]:
            if not isinstance(ref, Ref) or ref.number in expected or ref.number in before.places:
                raise Damaged(_CODE)
            expected.add(ref.number)
            _require_der(after, ref)
    _require_exactly(changed, expected, after)


def _require_der(view: View, ref: Ref) -> None:
    obj = view.object(ref.number)
    if obj is None or obj.stream is None or obj.value.keys() != {"Length"}:
        raise Damaged(_CODE)
    try:
        der.expect(der.read(view.document.data[obj.stream[0] : obj.stream[1]]), der.SEQUENCE)
    except Damaged as error:
        raise Damaged(_CODE) from error


def _require_stamp(before: View, after: View, stamp: Signature) -> None:
    form_ref = before.root.get("AcroForm")
    if not isinstance(form_ref, Ref) or after.root != before.root or stamp.ref is None:
        raise Damaged(_CODE)
    old_form, form = before.entries(form_ref), after.entries(form_ref)
    old_fields, listed = old_form.get("Fields"), form.get("Fields")
    if (
        not isinstance(old_fields, list)
        or not isinstance(listed, list)
        or _without(form, "Fields") != _without(old_form, "Fields")
    ):
        raise Damaged(_CODE)
    if listed[:-1] != old_fields or not listed or not isinstance(listed[-1], Ref):
        raise Damaged(_CODE)
    widget_ref = listed[-1]
    widget = after.entries(widget_ref)
    _require_invisible(widget, stamp.ref, {field.entries.get("T") for field in fields(before)})
    if stamp.value.keys() != _STAMP or {widget_ref.number, stamp.ref.number} & before.places.keys():
        raise Damaged(_CODE)
    holder = _annotated(before, after, widget["P"], widget_ref)
    _require_exactly(
        _changed(after), {form_ref.number, widget_ref.number, stamp.ref.number, holder.number}, after
    )


def _require_invisible(widget: dict[str, Any], value: Ref, names: set[Any]) -> None:
    """One merged field and widget of zero size without appearance or action."""
    expected = {"Type": "Annot", "Subtype": "Widget", "FT": "Sig", "V": value, "F": _FLAGS}
    name = widget.get("T")
    if not _WIDGET <= widget.keys() <= _WIDGET | {"TU"} or any(widget[k] != v for k, v in expected.items()):
        raise Damaged(_CODE)
    if widget["Rect"] != [0, 0, 0, 0] or not isinstance(name, Text) or name in names:
        raise Damaged(_CODE)
    if not isinstance(widget.get("TU", Text()), Text):
        raise Damaged(_CODE)


def _annotated(before: View, after: View, page: Any, widget: Ref) -> Ref:
    """The object that gained the widget: the page itself, or its array of annotations."""
    if not isinstance(page, Ref) or page not in set(before.pages()):
        raise Damaged(_CODE)
    old, new = before.entries(page), after.entries(page)
    old_list, new_list = old.get("Annots", []), new.get("Annots")
    holder = page
    if isinstance(old_list, Ref):
        if old != new:
            raise Damaged(_CODE)
        holder, old_list, new_list = old_list, before.resolve(old_list), after.resolve(new_list)
    elif _without(old, "Annots") != _without(new, "Annots"):
        raise Damaged(_CODE)
    if not isinstance(old_list, list) or new_list != [*old_list, widget]:
        raise Damaged(_CODE)
    return holder


def _changed(view: View) -> set[int]:
    return {
        number for number, place in view.document.revisions[view.index].places.items() if place is not None
    }


def _require_exactly(changed: set[int], expected: set[int], view: View) -> None:
    """Nothing else was written, but for the revision's own cross-reference and object streams."""
    sections = view.document.revisions[view.index].sections
    own = {section.stream_number for section in sections}
    places = view.document.revisions[view.index].places.values()
    holders = {place.holder for place in places if place is not None}
    if changed - own - holders != expected:
        raise Damaged(_CODE)


def _without(entries: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in entries.items() if name != key}
