"""What goes out as JSON. What comes in: schemas.py."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.scopes import Scope
from esign.verdict import Coverage, Integrity, Level, Outcome, SignerTrust
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


class TypeReply(Reply):
    """A permit type."""

    code: str
    title: str
    title_en: str
    legal_basis: list[str]
    service_days: int
    fee: int


class TypeDetail(TypeReply):
    """A permit type with the JSON Schema of its facts and an example that issues as it is."""

    facts_schema: dict[str, Any]
    example: dict[str, Any]


class TypesReply(Reply):
    """All permit types, by code."""

    types: list[TypeReply]


class SignatureReply(Reply):
    """One signature, each question answered on its own."""

    integrity: Integrity
    trust: SignerTrust
    coverage: Coverage
    level: Level
    signed_at: datetime | None
    signer: str | None
    indication: str | None = Field(default=None, description="ETSI EN 319 102-1.")
    sub_indication: str | None = None
    codes: list[str] = []


class PermitStatusReply(Reply):
    """What the registry says of the permit."""

    status: Status
    number: str


class FileVerdict(Reply):
    """The answer for one file: is it genuine, and if not, why."""

    model_config = ConfigDict(from_attributes=True, extra="allow")

    file: str
    verdict: Outcome
    signatures: list[SignatureReply]
    permit: PermitStatusReply | None = Field(description="null: not a permit of this office.")
    codes: list[str] = Field(description="Stable reason codes, sorted.")


class PublicFact(Reply):
    """A fact that anyone may see; personal data is masked."""

    label: str
    text: str


class PublicPermit(Reply):
    """What anyone who holds a permit's token may know of it."""

    status: Status
    number: str
    type_title: str
    holder: str
    approved_on: date
    valid_from: date
    valid_until: date | None
    trial: bool = Field(description="Signed under a trial authority: of no legal force.")
    revoked_on: date | None
    revocation_reason: str | None
    replaced_by: str | None = Field(description="The number of the permit that replaced this one.")
    facts: list[PublicFact]


class TokenVerdict(Reply):
    """The answer for a token, from the registry."""

    verdict: Outcome
    permit: PublicPermit
    signatures: list[SignatureReply]
    sha256: str = Field(description="SHA-256 of the newest version of the PDF.")


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


class SealKey(Reply):
    """A public key of the office's seal, as a JWK (RFC 7517, RFC 7518 section 6.2)."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    alg: str
    use: str


class SealKeys(Reply):
    """The public keys with which a permit's QR can be checked without a network (RFC 7517, section 5)."""

    keys: list[SealKey]


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
