"""What comes in as JSON: strict, bounded, and no field that we do not know. What goes out: replies.py."""

from __future__ import annotations

import math
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.scopes import Scope
from permits.permit import Status
from search.ports import Sort

_DEEPEST = 8
# Integers that every reader of JSON keeps exact (RFC 8259, section 6; RFC 8785 refuses larger ones).
_EXACT = 2**53 - 1


def storable(text: str) -> str:
    """Return ``text``, or raise ValueError where PostgreSQL could not hold it."""
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise ValueError("Teks memuat huruf yang tidak dapat disimpan.")
    return text


def plain(value: Any, depth: int = 0) -> Any:
    """Return a JSON value, or raise ValueError: too deep, a number too large, text that cannot be stored."""
    if depth > _DEEPEST:
        raise ValueError("Isian bersarang terlalu dalam.")
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, int) and abs(value) > _EXACT:
        raise ValueError("Bilangan terlalu besar.")
    if isinstance(value, float) and not (math.isfinite(value) and abs(value) <= _EXACT):
        raise ValueError("Bilangan terlalu besar.")
    return value


Text = Annotated[str, AfterValidator(storable)]
Facts = Annotated[
    dict[str, Any],
    AfterValidator(plain),
    Field(description="The applicant's data, by the schema of the permit type (`GET /api/v1/types/{code}`)."),
]
Reason = Annotated[
    Text,
    Field(
        min_length=5,
        max_length=500,
        description="Told to people, in Indonesian.",
        examples=["Data tidak benar."],
    ),
]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256, lower-case hex.")]
Code = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", description="A permit type's code.", examples=["sktu"])
]


class Request(BaseModel):
    """Base of all requests."""

    model_config = ConfigDict(extra="forbid", strict=False)


class NewDraft(Request):
    """A draft to be made."""

    type: Code
    facts: Facts
    batch_key: Annotated[Text, Field(min_length=1, max_length=200)] | None = Field(
        default=None,
        description="The same type and key again gives the permit that is there: safe to repeat.",
    )
    replaces: UUID | None = Field(default=None, description="The permit that this one will replace.")


class Revision(Request):
    """New facts of a draft."""

    facts: Facts
    revision: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)] = Field(
        description="The revision that was read; if it is no longer the newest, the answer is 409."
    )


class WithReason(Request):
    """A step that needs a reason."""

    reason: Reason


class LoginRequest(Request):
    """A person's name and passphrase."""

    username: Annotated[Text, Field(min_length=1, max_length=64)]
    passphrase: Annotated[Text, Field(min_length=1, max_length=1024)]


class NewKey(Request):
    """An API key to be made."""

    name: Annotated[Text, Field(min_length=1, max_length=100, description="What it is for.")]
    username: Annotated[Text, Field(min_length=1, max_length=64, description="Whom it acts as.")]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=4)]


class SignItem(Request):
    """One permit to sign: exactly what was approved, by its digest."""

    permit_id: UUID
    digest: Digest


class SignRequest(LoginRequest):
    """A person's order to sign. It carries their passphrase: no API key signs by itself."""

    items: Annotated[list[SignItem], Field(min_length=1, max_length=500)]


class ListParams(Request):
    """What to list."""

    type: Code | None = None
    number: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class SearchParams(Request):
    """What to search for, and how."""

    q: Annotated[Text, Field(max_length=500)] = Field(
        default="", description="Words, or a number with or without slashes."
    )
    type: Code | None = None
    year: Annotated[int, Field(ge=1900, le=9999)] | None = None
    status: Status | None = None
    since: date | None = None
    until: date | None = None
    sort: Sort = Sort.RELEVANCE
    limit: Annotated[int, Field(ge=1, le=200)] = 25
    after: Annotated[Text, Field(max_length=500)] | None = Field(
        default=None, description="The `next` of the page before."
    )
