"""The small part of PDF syntax that an appended revision needs (ISO 32000-1, 7.2-7.3).

Objects are taken apart one level deep and their values kept as the bytes they were. Built for files whose
writer we know; whatever else comes is refused with a ``SigningError``, never guessed at.
"""

from __future__ import annotations

import re
from datetime import datetime

from esign.errors import SigningError

_SPACE = rb"[\x00\t\n\x0c\r ]*"
_TOKEN = re.compile(
    _SPACE
    + rb"(?:(?P<open><<|\[)|(?P<close>>>|\])|(?P<string>\()"
    + rb"|(?P<atom><[0-9A-Fa-f\x00\t\n\x0c\r ]*>"
    + rb"|\d+[\x00\t\n\x0c\r ]+\d+[\x00\t\n\x0c\r ]+R(?![^\x00\t\n\x0c\r ()<>\[\]{}/%])"
    + rb"|/?[^\x00\t\n\x0c\r ()<>\[\]{}/%]+))"
)
_IN_STRING = re.compile(rb"\\.|[()]", re.DOTALL)
_REFERENCE = re.compile(rb"(\d+)[\x00\t\n\x0c\r ]+(\d+)[\x00\t\n\x0c\r ]+R")
_CLOSING = {b"<<": b">>", b"[": b"]"}
_LARGEST_VALUE = 4 * 1024 * 1024


def value_at(data: bytes, start: int) -> tuple[bytes, int]:
    """The value that begins at or after ``start``, and where it ends.

    Raises:
        SigningError: no whole value stands there.
    """
    open_: list[bytes] = []
    position, began = start, -1
    while position - start < _LARGEST_VALUE:
        token = _TOKEN.match(data, position)
        if token is None:
            break
        began = token.start(token.lastgroup or 0) if began < 0 else began
        position = _string_end(data, token.end()) if token["string"] else token.end()
        if token["open"]:
            open_.append(_CLOSING[token["open"]])
        elif token["close"] and (not open_ or open_.pop() != token["close"]):
            break
        if not open_:
            return data[began:position], position
    raise SigningError("Susunan PDF tidak seperti yang dihasilkan perender.")


def read_dictionary(raw: bytes) -> dict[bytes, bytes]:
    """The entries of a dictionary, in their order; keys without the slash.

    Raises:
        SigningError: not a dictionary, or a key stands twice.
    """
    items = _items(raw, b"<<", b">>")
    names = items[::2]
    if len(items) % 2 or not all(name.startswith(b"/") for name in names) or len(set(names)) != len(names):
        raise SigningError("Kamus di dalam PDF tidak wajar.")
    return {name[1:]: value for name, value in zip(names, items[1::2], strict=True)}


def read_array(raw: bytes) -> list[bytes]:
    """The elements of an array.

    Raises:
        SigningError: not an array.
    """
    return _items(raw, b"[", b"]")


def read_reference(raw: bytes) -> int:
    """The object number of ``N 0 R``.

    Raises:
        SigningError: not a reference, or of another generation.
    """
    found = _REFERENCE.fullmatch(raw)
    if found is None or int(found[2]):
        raise SigningError("PDF tidak memuat rujukan di tempat yang semestinya.")
    return int(found[1])


def is_reference(raw: bytes) -> bool:
    """Whether the value is a reference."""
    return _REFERENCE.fullmatch(raw) is not None


def dictionary(entries: dict[bytes, bytes]) -> bytes:
    """The bytes of a dictionary."""
    return b"<<" + b"".join(b"/" + key + b" " + value for key, value in entries.items()) + b">>"


def array(*items: bytes) -> bytes:
    """The bytes of an array."""
    return b"[" + b" ".join(items) + b"]"


def reference(number: int) -> bytes:
    """The bytes of a reference."""
    return b"%d 0 R" % number


def text(value: str) -> bytes:
    """A text string: ASCII as a literal, else UTF-16BE in hexadecimal (ISO 32000-1, 7.9.2.2)."""
    if value.isascii() and value.isprintable():
        escaped = value.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        return b"(" + escaped.encode() + b")"
    return b"<FEFF" + value.encode("utf-16-be").hex().upper().encode() + b">"


def date(moment: datetime) -> bytes:
    """A date string with its offset (ISO 32000-1, 7.9.4); ``moment`` must be aware."""
    offset = moment.strftime("%z")
    return f"(D:{moment:%Y%m%d%H%M%S}{offset[:3]}'{offset[3:5]}')".encode()


def _items(raw: bytes, opening: bytes, closing: bytes) -> list[bytes]:
    if not (raw.startswith(opening) and raw.endswith(closing)):
        raise SigningError("Susunan PDF tidak seperti yang dihasilkan perender.")
    inside = raw[len(opening) : -len(closing)]
    items, position = [], 0
    while inside[position:].strip(b"\0\t\n\x0c\r "):
        value, position = value_at(inside, position)
        items.append(value)
    return items


def _string_end(data: bytes, position: int) -> int:
    depth = 1
    while depth:
        found = _IN_STRING.search(data, position)
        if found is None:
            raise SigningError("Teks di dalam PDF tidak tertutup.")
        depth += {b"(": 1, b")": -1}.get(found[0], 0)
        position = found.end()
    return position
