"""What staff and their programs are told, as JSON. The public: answers.py. What comes in: schemas.py."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.scopes import Scope
from esign.verdict import Level
from office.accounts import Role
from permits.permit import State, Status


class Reply(BaseModel):
    """Base of all replies: read from the office's own types by attribute."""

    model_config = ConfigDict(from_attributes=True)


class PermitReply(Reply):
    """A permit as the registry knows it. `status` is as of today; `expired` follows from the dates."""

    id: UUID
    type: str
    status: Status
    state: State
    revision: int
    facts: dict[str, Any]
    number: str | None
    serial: int | None
    token: str | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    submitted_at: datetime | None
    return_reason: str | None
    approved_on: date | None
    valid_from: date | None
    valid_until: date | None = Field(description="The last day; null: as long as the activity lasts.")
    signed_at: datetime | None
    signer_name: str | None
    signer_title: str | None
    replaces: UUID | None
    replaced_by: UUID | None
    revoked_at: datetime | None
    revocation_reason: str | None


class VersionReply(Reply):
    """One stored version of the PDF; each begins with the whole of the one before."""

    version: int
    level: Level
    sha256: str
    size: int
    created_at: datetime


class EventReply(Reply):
    """One step of a permit's life."""

    at: datetime
    kind: str
    actor: str


class PermitDetail(PermitReply):
    """A permit with its versions and history."""

    versions: list[VersionReply]
    events: list[EventReply]


class PermitList(Reply):
    """Some permits, newest first."""

    permits: list[PermitReply]


class WaitingReply(Reply):
    """A permit that waits for its signature; `digest` is what the signer approves."""

    permit_id: UUID
    digest: str
    type: str
    title: str
    applicant: str


class QueueReply(Reply):
    """What waits for the head of office."""

    waiting: list[WaitingReply]


class BatchItemReply(Reply):
    """How far one permit of a batch is: waiting, signed or failed."""

    permit_id: UUID
    title: str
    applicant: str
    state: str
    number: str | None
    reason: str | None


class BatchReply(Reply):
    """How far a signing is; it goes on when nobody looks."""

    id: UUID
    created_at: datetime
    finished_at: datetime | None
    items: list[BatchItemReply]


class SigningStarted(Reply):
    """A signing that was accepted."""

    id: UUID


class HitReply(Reply):
    """One permit found. In `highlight`, matches stand between U+0002 and U+0003."""

    permit_id: UUID
    number: str
    type_code: str
    type_title: str
    status: str
    applicant: str
    address: str
    issued_on: date
    valid_until: date | None
    highlight: str
    score: float


class HitsReply(Reply):
    """A page of hits; `next` goes into `after` for the page that follows."""

    hits: list[HitReply]
    total: int
    facets: dict[str, dict[str, int]]
    next: str | None


class RegisterRowReply(Reply):
    """One line of the register book; a withdrawn permit that had taken a number stands there as batal."""

    permit_id: UUID
    serial: int
    number: str
    applicant: str
    approved_on: date | None
    valid_until: date | None
    status: Status
    note: str | None = Field(description="Why it was revoked or withdrawn.")


class RegisterReply(Reply):
    """The register book of one type and year, by serial: every number that was ever taken."""

    rows: list[RegisterRowReply]


class SessionReply(Reply):
    """Who is logged in. `csrf` goes into the header `X-CSRF-Token` of whatever changes something."""

    username: str
    name: str
    role: Role
    csrf: str
    expires_at: datetime


class KeyReply(Reply):
    """An API key, without its secret."""

    id: UUID
    name: str
    username: str
    scopes: list[Scope]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewKeyReply(KeyReply):
    """An API key just made, with its secret."""

    secret: str


class KeysReply(Reply):
    """All API keys, newest first."""

    keys: list[KeyReply]


class FieldProblem(Reply):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(Reply):
    """A problem (RFC 9457)."""

    model_config = ConfigDict(extra="allow", from_attributes=True)

    type: str = Field(examples=["urn:sahih:problem:not-found"])
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = None
    instance: str | None = None
