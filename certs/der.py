"""DER by hand: the few encodings that CMS and time stamps need (ITU-T X.690, clause 8 and 10).

Building these structures with a general ASN.1 library costs milliseconds each; joining bytes does not.
"""

from __future__ import annotations

from datetime import UTC, datetime

SEQUENCE, SET, OCTETS, INTEGER, BOOLEAN, OID, GENERALIZED_TIME = 0x30, 0x31, 0x04, 0x02, 0x01, 0x06, 0x18
NULL = b"\x05\x00"
TRUE = b"\x01\x01\xff"


def tlv(tag: int, *parts: bytes) -> bytes:
    """One element: tag, definite length, content."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE of elements that are DER already."""
    return tlv(SEQUENCE, *parts)


def set_of(*parts: bytes, tag: int = SET) -> bytes:
    """A SET OF, sorted as DER wants it (X.690, 11.6)."""
    return tlv(tag, *sorted(parts))


def octets(value: bytes) -> bytes:
    """An OCTET STRING."""
    return tlv(OCTETS, value)


def integer(value: int) -> bytes:
    """An INTEGER of any size, zero or positive."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER from its dotted form."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    body = bytearray()
    for arc in (40 * first + second, *rest):
        chunk = [arc & 0x7F]
        while arc := arc >> 7:
            chunk.append(0x80 | arc & 0x7F)
        body += bytes(reversed(chunk))
    return tlv(OID, bytes(body))


def generalized_time(moment: datetime) -> bytes:
    """A GeneralizedTime in UTC, whole seconds (``moment`` must be aware)."""
    return tlv(GENERALIZED_TIME, moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())
