"""A permit and its life: the frozen types that all rooms share."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import rfc8785

from permits.errors import LifecycleError

Facts = Mapping[str, Any]


class State(StrEnum):
    """What the registry stores. *Expired* is absent: it follows from dates and today."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    SIGNED = "signed"
    REVOKED = "revoked"
    REPLACED = "replaced"


class Status(StrEnum):
    """What people are told: the state, seen on a given day."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    REVOKED = "revoked"
    REPLACED = "replaced"


MOVES: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SUBMITTED, State.WITHDRAWN}),
    State.SUBMITTED: frozenset({State.RETURNED, State.SIGNED, State.WITHDRAWN}),
    State.RETURNED: frozenset({State.SUBMITTED, State.WITHDRAWN}),
    State.SIGNED: frozenset({State.REVOKED, State.REPLACED}),
    State.WITHDRAWN: frozenset(),
    State.REVOKED: frozenset(),
    State.REPLACED: frozenset(),
}


def check_move(old: State, new: State) -> None:
    """Allow a step of a permit's life, or raise.

    Raises:
        LifecycleError: no such step exists; a signed permit is never edited.
    """
    if new not in MOVES[old]:
        raise LifecycleError(old, new)


@dataclass(frozen=True)
class Permit:
    """One permit as the registry knows it.

    ``facts`` are the applicant's data, valid under the type's schema. ``number``, ``serial`` and
    ``series_year`` are given together at signing and stay for ever. ``approved_on``, ``valid_from`` and
    ``valid_until`` are calendar days in the office's time zone (``valid_until`` inclusive; ``None``: as
    long as the activity lasts). ``revision`` counts the permit's changes, from 1.
    """

    id: UUID
    type_code: str
    facts: Facts
    state: State
    revision: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    batch_key: str | None = None
    submitted_at: datetime | None = None
    return_reason: str | None = None
    number: str | None = None
    serial: int | None = None
    series_year: int | None = None
    token: str | None = None
    approved_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    signed_at: datetime | None = None
    signer_name: str | None = None
    signer_title: str | None = None
    approval_digest: str | None = None
    replaces: UUID | None = None
    replaced_by: UUID | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    revocation_reason: str | None = None


def status_on(permit: Permit, today: date) -> Status:
    """Return what holds for ``permit`` on the calendar day ``today`` (the office's time zone)."""
    if permit.state is State.SIGNED:
        if permit.valid_until is not None and today > permit.valid_until:
            return Status.EXPIRED
        return Status.IN_FORCE
    return Status(permit.state.value)


def digest_of_facts(type_code: str, facts: Facts) -> str:
    """Return the SHA-256 (64 hex digits) of a permit's facts in canonical JSON (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps({"type": type_code, "facts": dict(facts)})).hexdigest()
