"""PDF values read from bytes (ISO 32000-2, 7.3), strictly: what is odd is refused with a code, not guessed.

A value is one of: ``None``, ``bool``, ``int``, ``float``, ``Name``, ``Text``, ``Ref``, ``list``, ``dict``
(keys without the slash; entries that are null are absent, as the standard says).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

DEEPEST = 64
_SPACE = rb"(?:[\x00\t\n\x0c\r ]++|%[^\r\n]*+(?=[\r\n]))*+"
_END = rb"(?![^\x00\t\n\x0c\r ()<>\[\]{}/%])"
_TOKEN = re.compile(
    _SPACE
    + rb"(?:(?P<name>/[^\x00\t\n\x0c\r ()<>\[\]{}/%]*+)"
    + rb"|(?P<ref>(\d{1,10})[\x00\t\n\x0c\r ]+(\d{1,5})[\x00\t\n\x0c\r ]+R)" + _END
    + rb"|(?P<integer>[+-]?\d{1,19})" + _END
    + rb"|(?P<open><<|\[)|(?P<close>>>|\])"
    + rb"|(?P<plain>\([^()\\\r]*+\))|(?P<string>\()"
    + rb"|(?P<hex><[0-9A-Fa-f\x00\t\n\x0c\r ]*+>)"
    + rb"|(?P<real>[+-]?(?:\d{1,40}\.\d{0,40}|\.\d{1,40}))" + _END
    + rb"|(?P<word>true|false|null)" + _END + rb")"
)  # fmt: skip
SPACE = re.compile(_SPACE)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_IN_STRING = re.compile(rb"[^()\\\r]++|\\(?:[0-7]{1,3}|\r\n|.)|\r\n?|[()]", re.DOTALL)
_ESCAPES = {
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"b": b"\b",
    b"f": b"\f",
    b"\n": b"",
    b"\r": b"",
    b"\r\n": b"",
}
_WORDS = {b"true": True, b"false": False, b"null": None}
_CLOSING = {b"<<": b">>", b"[": b"]"}


class Damaged(ValueError):
    """Something in a file cannot be judged; ``code`` says what, in the words of ``esign.codes``.

    A state of a file rather than an error of ours: it never leaves ``verify``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Name(str):
    """A name object, without its slash; bytes above 127 as Latin-1."""

    __slots__ = ()


class Text(bytes):
    """A string object's bytes."""

    __slots__ = ()


class Ref(NamedTuple):
    """An indirect reference."""

    number: int
    generation: int


Value = Any


def read_value(data: bytes, position: int) -> tuple[Value, int]:
    """The value that begins at or after ``position``, and where it ends.

    Raises:
        Damaged: no whole value stands there, a dictionary has a key twice, or nesting is too deep.
    """
    open_: list[tuple[bytes, list[Value]]] = []
    while True:
        token = _TOKEN.match(data, position)
        if token is None:
            raise Damaged("syntax-damaged")
        kind, position = token.lastgroup, token.end()
        if kind == "open":
            if len(open_) >= DEEPEST:
                raise Damaged("nesting-too-deep")
            open_.append((_CLOSING[token["open"]], []))
            continue
        if kind == "close":
            if not open_ or open_[-1][0] != token["close"]:
                raise Damaged("syntax-damaged")
            closing, items = open_.pop()
            value: Value = items if closing == b"]" else _dictionary(items)
        elif kind == "string":
            value, position = _string(data, position)
        else:
            value = _simple(token, kind)
        if not open_:
            return value, position
        open_[-1][1].append(value)


def _simple(token: re.Match[bytes], kind: str | None) -> Value:
    match kind:
        case "name":
            value: Value = _name(token["name"])
        case "ref":
            value = Ref(int(token[3]), int(token[4]))
        case "integer":
            value = int(token["integer"])
        case "plain":
            value = Text(token["plain"][1:-1])
        case "hex":
            value = _hexadecimal(token["hex"])
        case "real":
            value = float(token["real"])
        case _:
            value = _WORDS[token["word"]]
    return value


def _hexadecimal(raw: bytes) -> Text:
    digits = raw[1:-1].translate(None, b"\x00\t\n\x0c\r ").decode("ascii")
    return Text(bytes.fromhex(digits + "0" * (len(digits) % 2)))


@lru_cache(maxsize=4096)
def _name(raw: bytes) -> Name:
    raw = raw[1:]
    if b"#" in raw:
        raw = _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), raw)
    return Name(raw.decode("latin-1"))


def _dictionary(items: list[Value]) -> dict[str, Value]:
    keys = items[::2]
    if len(items) % 2 or not all(isinstance(key, Name) for key in keys):
        raise Damaged("syntax-damaged")
    if len(set(keys)) != len(keys):
        raise Damaged("duplicate-key")
    return {key: value for key, value in zip(keys, items[1::2], strict=True) if value is not None}


def _string(data: bytes, position: int) -> tuple[Text, int]:
    parts: list[bytes] = []
    depth = 1
    while True:
        found = _IN_STRING.match(data, position)
        if found is None:
            raise Damaged("syntax-damaged")
        piece, position = found[0], found.end()
        if piece == b"(":
            depth += 1
        elif piece == b")":
            depth -= 1
            if not depth:
                return Text(b"".join(parts)), position
        elif piece.startswith(b"\\"):
            piece = _unescape(piece[1:])
        elif piece.startswith(b"\r"):
            piece = b"\n"
        parts.append(piece)


def _unescape(piece: bytes) -> bytes:
    if piece[:1].isdigit() and piece[:1] < b"8":
        return bytes((int(piece, 8) & 0xFF,))
    return _ESCAPES.get(piece, piece)
