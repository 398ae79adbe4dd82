"""The gate: what a PDF may be before anyone looks at its signatures.

``admit`` reads the structure, ``hazards`` lists what no honest permit contains, ``account`` says whether
every byte of the revisions belongs to an object that the cross-references list.
"""

from __future__ import annotations

from typing import Any

from esign.document import Document, View
from esign.values import SPACE, Damaged, Name, Ref

MAX_SIZE = 30 * 1024 * 1024
_ACTIONS = {
    "JavaScript": "javascript", "Launch": "launch-action", "SubmitForm": "submit-action",
    "ImportData": "submit-action", "Rendition": "active-media", "Movie": "active-media",
    "Sound": "active-media",
}  # fmt: skip
_KEYS = {"JS": "javascript", "XFA": "xfa", "RichMediaContent": "active-media"}
_SUBTYPES = {"RichMedia": "active-media", "Movie": "active-media", "Screen": "active-media"}
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"PK\x03\x04")
_PROGRAM_NAMES = (
    b".exe", b".dll", b".bat", b".cmd", b".com", b".scr", b".msi", b".js", b".vbs", b".ps1", b".jar", b".apk",
    b".lnk", b".hta", b".sh",
)  # fmt: skip
_BLANK = b"\x00\t\n\x0c\r "


def admit(data: bytes, max_size: int = MAX_SIZE) -> Document:
    """Read a file's structure.

    Raises:
        Damaged: empty, too large, not a PDF, bytes before the header, or a structure that cannot be judged
            (damaged or hybrid cross-references, encryption, bombs).
    """
    if not data:
        raise Damaged("empty-file")
    if len(data) > max_size:
        raise Damaged("too-large")
    return Document(data)


def hazards(view: View) -> frozenset[str]:
    """Codes of what the revision holds that no honest permit does."""
    found: set[str] = set()
    for number, place in view.places.items():
        obj = view.object(number) if place is not None else None
        if obj is None:
            continue
        if obj.stream is not None and ("F" in obj.value or "FFilter" in obj.value):
            found.add("external-stream")
        for entries in _dictionaries(obj.value):
            found |= _hazards_in(entries, view)
    return frozenset(found)


def account(document: Document, first: int = 0) -> None:
    """Refuse bytes that no cross-reference lists, in the revisions from ``first`` on.

    Raises:
        Damaged: ``unlisted-bytes``, ``overlapping-objects``, ``object-outside-revision``.
    """
    for index in range(first, len(document.revisions)):
        revision, view = document.revisions[index], document.view(index)
        spans = [(section.at, section.end) for section in revision.sections if section.stream_number is None]
        tails = {
            section.at: section.end for section in revision.sections if section.stream_number is not None
        }
        for number, place in revision.places.items():
            if place is None or place.holder is not None:
                continue
            if not revision.start <= place.offset < revision.end:
                raise Damaged("object-outside-revision")
            obj = document.read(number, place, view)
            spans.append((obj.start, max(obj.end, tails.pop(obj.start, 0))))
        spans += tails.items()
        _require_gapless(document.data, revision.start, revision.end, sorted(spans), is_first=index == 0)


def _require_gapless(
    data: bytes, start: int, end: int, spans: list[tuple[int, int]], *, is_first: bool
) -> None:
    position = start
    for count, (begin, finish) in enumerate((*spans, (end, end))):
        if begin < position:
            raise Damaged("overlapping-objects")
        gap = data[position:begin]
        # The header and the comment that marks the file as binary are all that may stand between objects.
        clean = (
            SPACE.fullmatch(gap) and gap.count(b"%") <= 2 if is_first and not count else not gap.strip(_BLANK)
        )
        if not clean:
            raise Damaged("unlisted-bytes")
        position = finish


def _dictionaries(value: Any) -> list[dict[str, Any]]:
    """All dictionaries inside a value, itself included."""
    waiting, found = [value], []
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            found.append(node)
            waiting += node.values()
        elif type(node) is list:
            waiting += node
    return found


def _hazards_in(entries: dict[str, Any], view: View) -> set[str]:
    found = {code for key, code in _KEYS.items() if key in entries}
    action, subtype = entries.get("S"), entries.get("Subtype")
    if isinstance(action, Name) and action in _ACTIONS:
        found.add(_ACTIONS[action])
    if isinstance(subtype, Name) and subtype in _SUBTYPES:
        found.add(_SUBTYPES[subtype])
    if isinstance(entries.get("EF"), (dict, Ref)) and _is_program(entries, view):
        found.add("embedded-program")
    return found


def _is_program(entries: dict[str, Any], view: View) -> bool:
    names = [view.resolve(entries.get(key)) for key in ("F", "UF")]
    if any(
        isinstance(name, bytes) and name.replace(b"\0", b"").lower().endswith(_PROGRAM_NAMES)
        for name in names
    ):
        return True
    for ref in view.entries(entries["EF"]).values():
        try:
            data = view.stream(ref, limit=MAX_SIZE)
        except Damaged:
            return True
        if data is not None and data.startswith(_PROGRAMS):
            return True
    return False
