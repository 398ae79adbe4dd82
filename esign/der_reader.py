"""Reading DER strictly (ITU-T X.690, 8 and 10): definite, shortest lengths, and every byte accounted for."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from esign.values import Damaged

SEQUENCE, SET, OCTETS, INTEGER, OID, NULL = 0x30, 0x31, 0x04, 0x02, 0x06, 0x05
GENERALIZED_TIME = 0x18
_CODE = "cms-damaged"


class Node(NamedTuple):
    """One element: its tag, its content, and all its bytes."""

    tag: int
    body: bytes
    raw: bytes


def read(data: bytes) -> Node:
    """The one element that ``data`` is.

    Raises:
        Damaged: not DER, or something follows it.
    """
    node, end = _next(data, 0)
    if end != len(data):
        raise Damaged(_CODE)
    return node


def read_first(data: bytes) -> tuple[Node, bytes]:
    """The first element, and what follows it."""
    node, end = _next(data, 0)
    return node, data[end:]


def children(node: Node, *tags: int) -> list[Node]:
    """The elements inside; with ``tags`` they must be exactly these, in this order.

    Raises:
        Damaged: they are not.
    """
    found, position = [], 0
    while position < len(node.body):
        child, position = _next(node.body, position)
        found.append(child)
    if tags and tuple(child.tag for child in found) != tags:
        raise Damaged(_CODE)
    return found


def expect(node: Node, tag: int) -> Node:
    """The node itself if it has that tag.

    Raises:
        Damaged: it has another.
    """
    if node.tag != tag:
        raise Damaged(_CODE)
    return node


def integer(node: Node) -> int:
    """An INTEGER in its shortest form."""
    body = expect(node, INTEGER).body
    if not body or (len(body) > 1 and body[0] in (0, 0xFF) and (body[0] ^ body[1]) < 0x80):
        raise Damaged(_CODE)
    return int.from_bytes(body, "big", signed=True)


def oid(node: Node) -> str:
    """An OBJECT IDENTIFIER in dotted form."""
    return _dotted(expect(node, OID).body)


def generalized_time(node: Node) -> datetime:
    """A GeneralizedTime in UTC (RFC 3161, 2.4.2: seconds, and a fraction without trailing zeros)."""
    text = expect(node, GENERALIZED_TIME).body.decode("ascii", "replace")
    whole, _, fraction = text.removesuffix("Z").partition(".")
    if not text.endswith("Z") or not whole.isdecimal() or len(whole) != 14:
        raise Damaged(_CODE)
    if ("." in text) and (not fraction.isdecimal() or fraction.endswith("0")):
        raise Damaged(_CODE)
    try:
        moment = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise Damaged(_CODE) from error
    return moment.replace(microsecond=int(f"{fraction:0<6}"[:6]) if fraction else 0)


@lru_cache(maxsize=256)
def _dotted(body: bytes) -> str:
    arcs, value, started = [], 0, False
    for byte in body:
        if not started and byte == 0x80:
            raise Damaged(_CODE)
        value, started = value << 7 | byte & 0x7F, True
        if byte < 0x80:
            arcs.append(value)
            value, started = 0, False
    if started or not arcs:
        raise Damaged(_CODE)
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))


def _next(data: bytes, position: int) -> tuple[Node, int]:
    if len(data) < position + 2 or data[position] & 0x1F == 0x1F:
        raise Damaged(_CODE)
    tag, size, start = data[position], data[position + 1], position + 2
    if size >= 0x80:
        many = size & 0x7F
        size = int.from_bytes(data[start : start + many], "big")
        if not 1 <= many <= 4 or size < 0x80 or size >> 8 * (many - 1) == 0:
            raise Damaged(_CODE)
        start += many
    end = start + size
    if end > len(data):
        raise Damaged(_CODE)
    return Node(tag, data[start:end], data[position:end]), end
