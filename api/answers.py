"""What everyone may be told, as JSON: permit types, verdicts, seal keys. What staff are told: replies.py."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from api.replies import Reply
from esign.verdict import Coverage, Integrity, Level, Outcome, SignerTrust
from permits.permit import Status


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
    time_proven: bool = Field(description="Whether a time-stamp token proves `signed_at`.")
    signer: str | None
    certificate_sha256: str | None = Field(default=None, description="Of the signer's certificate, hex.")
    indication: str | None = Field(default=None, description="ETSI EN 319 102-1.")
    sub_indication: str | None = None
    codes: list[str] = Field(default_factory=list)


class PermitStatusReply(Reply):
    """What the registry says of the permit."""

    status: Status
    number: str


class FileVerdict(Reply):
    """The answer for one file: is it genuine, and if not, why."""

    file: str
    verdict: Outcome
    sha256: str
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
    valid_from: date | None
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
