"""A permit's token: what the public types or scans to ask for it. Random, never made from the number."""

from __future__ import annotations

import re
import secrets

TOKEN_LENGTH = 26
"""130 random bits in base32: five a character."""

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_MISREAD = str.maketrans("018", "OIB")
_BETWEEN = re.compile(r"[\s\u00ad\u200b\ufeff_\-\u2010-\u2015\u2212]+")
_IN_ADDRESS = re.compile(r"/v/([^/?#]*)", re.IGNORECASE)
_GROUPS = re.compile(r"(.{5})(.{5})(.{4})(.{4})(.{4})(.{4})")
_LONGEST_INPUT = 2000


def new_token() -> str:
    """Return a new permit's token: 26 random characters of base32, upper case."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(TOKEN_LENGTH))


def normalise_token(text: str) -> str | None:
    """Return the token that someone typed or pasted, None where it can be none.

    Blanks, dashes and lower case do not matter; 0, 1 and 8, which base32 lacks, are read as O, I and B; of an
    address the part after ``/v/`` counts.
    """
    if len(text) > _LONGEST_INPUT:
        return None
    address = _IN_ADDRESS.search(text)
    bare = _BETWEEN.sub("", address[1] if address else text)
    # ASCII first: upper() turns a long s or a dotless i into letters nobody typed.
    token = bare.upper().translate(_MISREAD) if bare.isascii() else ""
    return token if len(token) == TOKEN_LENGTH and not set(token) - set(_ALPHABET) else None


def group_token(token: str) -> str:
    """Return a token in groups of five and four, as it is printed: easier to read out and to type."""
    return _GROUPS.sub(r"\1-\2-\3-\4-\5-\6", token)
