"""How personal data are shown to those who need not know them whole.

A mask keeps enough for a holder to recognise their own and hides how long the rest was.
"""

from __future__ import annotations

HIDDEN = "***"


def mask_name(text: str) -> str:
    """``Muhammad Ridwan`` -> ``M*** R***``: the first character of each word."""
    return " ".join(word[0] + HIDDEN for word in text.split())


def mask_digits(text: str) -> str:
    """``6371012345670001`` -> ``6371********0001``; short numbers keep only their last two digits."""
    keep = 4 if len(text) >= 12 else 0
    tail = 4 if len(text) >= 12 else 2
    return text[:keep] + "*" * max(len(text) - keep - tail, 3) + text[-tail:]


def mask_email(text: str) -> str:
    """``budi@contoh.id`` -> ``b***@contoh.id``."""
    local, _, domain = text.partition("@")
    return f"{local[:1]}{HIDDEN}@{domain}"


def mask(kind: str, text: str) -> str:
    """Hide a fact of a field of type ``kind``."""
    if kind in {"nik", "npwp", "phone"}:
        return mask_digits(text)
    if kind == "email":
        return mask_email(text)
    if kind == "text":
        return mask_name(text)
    return HIDDEN
