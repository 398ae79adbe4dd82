"""What an API key may do, at most: the rights of its person bound it further."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """A right given to a key. There is none for signing: that asks for a person's passphrase."""

    DRAFT = "draft"
    SUBMIT = "submit"
    READ = "read"
    REVOKE = "revoke"
