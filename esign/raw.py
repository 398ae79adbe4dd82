"""A last look at a file whose structure is broken: was one of its signatures broken with it?

Signatures are searched as bytes. Nothing that is found here can make a file genuine; it only tells "altered
after signing" from "cannot be read".
"""

from __future__ import annotations

import re

from esign import algorithms, cms_check
from esign import der_reader as der
from esign.values import Damaged

_RANGE = re.compile(
    rb"/ByteRange\s{0,8}\[\s{0,8}0\s{1,16}(\d{1,10})\s{1,16}(\d{1,10})\s{1,16}(\d{1,10})\s{0,64}\]"
)
_HOLE = re.compile(rb"<[0-9A-Fa-f]{2,}>")
_MOST = 16


def is_altered(pdf: bytes) -> bool:
    """Whether a signature stands in the bytes whose digest no longer matches them."""
    for count, found in enumerate(_RANGE.finditer(pdf)):
        if count >= _MOST:
            break
        first, second, rest = (int(number) for number in found.groups())
        # Bytes that were put before the header have moved the hole: look where it is now.
        hole = _HOLE.search(pdf, found.end(), found.end() + 1024) or _HOLE.search(pdf, first, second)
        if hole is not None and _mismatches(pdf, hole[0], (first, second, rest)):
            return True
    return False


def _mismatches(pdf: bytes, hole: bytes, covered: tuple[int, int, int]) -> bool:
    digits = hole[1:-1].decode("ascii")
    try:
        node, _ = der.read_first(bytes.fromhex(digits[: len(digits) // 2 * 2]))
        cms = cms_check.parse(node.raw)
    except (ValueError, IndexError):
        return False
    first, second, rest = covered
    if cms.content is not None:
        return False

    def digest(name: str) -> bytes:
        return algorithms.digest(name, pdf[:first], pdf[second : second + rest])

    try:
        cms_check.check(cms, digest)
    except Damaged as error:
        return error.code == "digest-mismatch"
    except (ValueError, IndexError):
        return False
    return False
