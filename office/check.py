"""The public's one question: is this real, and is it still in force?

A file whose exact hash is a stored version has its recorded verdict; any other is judged in the sandbox.
What the registry says is added to both. Personal data is masked by the permit type's rules.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from archive import registry, versions
from esign.seal import normalise_token
from esign.verdict import Outcome, Verdict
from office.context import Office
from office.find import VersionInfo, file_name, stored_bytes, version_info
from office.summary import verdict_json
from permits.permit import Permit, State, Status, status_on

PICTURE_WIDTH = 900
_PUBLIC = frozenset({State.SIGNED, State.REVOKED, State.REPLACED})


@dataclass(frozen=True)
class PermitStatus:
    """What the registry says of the permit that a file is."""

    status: Status
    number: str
    token: str


@dataclass(frozen=True)
class PublicAnswer:
    """What anyone may know of a permit who holds its token. ``public``: label and (masked) text."""

    status: Status
    number: str
    type_title: str
    holder: str
    public: tuple[tuple[str, str], ...]
    approved_on: date
    valid_from: date | None
    valid_until: date | None
    signed_at: datetime
    signer_name: str
    signer_title: str
    level: str
    trial: bool
    token: str
    revoked_on: date | None
    revocation_reason: str | None
    replaced_by_token: str | None
    replaced_by_number: str | None
    versions: tuple[VersionInfo, ...]
    sha256: str


@dataclass(frozen=True)
class Checked:
    """A file's verdict with what the registry knows."""

    file: str
    verdict: Verdict
    permit: PermitStatus | None
    answer: PublicAnswer | None

    def as_json(self) -> dict[str, Any]:
        """Return the stable object of the command line and the API."""
        permit = {"status": self.permit.status.value, "number": self.permit.number} if self.permit else None
        body: Mapping[str, Any] = verdict_json(self.verdict)
        return {"file": self.file} | dict(body) | {"permit": permit}


def by_token(office: Office, token: str) -> PublicAnswer | None:
    """Return what holds for the permit behind a token, however it was typed; None: not known."""
    permit = _public_permit(office, token)
    return _answer(office, permit) if permit else None


def by_number_and_token(office: Office, number: str, token: str) -> str | None:
    """Return the canonical token if number and token belong together; None tells nothing of either."""
    permit = _public_permit(office, token)
    if permit is None:
        return None
    same = hmac.compare_digest(_bare(number), _bare(permit.number or ""))
    return permit.token if same else None


def picture(office: Office, token: str) -> bytes | None:
    """Return the first page of the newest version as PNG, made in the sandbox."""
    found = download(office, token)
    return office.sandbox.picture(found[1], 0, PICTURE_WIDTH) if found else None


def download(office: Office, token: str) -> tuple[str, bytes] | None:
    """Return file name and bytes of the newest version."""
    permit = _public_permit(office, token)
    if permit is None:
        return None
    with office.database.read() as conn:
        shown = versions.versions(conn, permit.id)
    return file_name(permit), stored_bytes(office, shown[-1])


def by_upload(office: Office, pdf: bytes, name: str) -> Checked:
    """Judge any bytes.

    Raises:
        SandboxBusy: too many files at once; try again later.
    """
    (checked,) = by_files(office, [(name, pdf)])
    return checked


def by_files(office: Office, files: Sequence[tuple[str, bytes]]) -> list[Checked]:
    """Judge many files, in parallel; each gets its answer whatever becomes of the others."""
    return [_check(office, name, pdf) for name, pdf in files]


def _check(office: Office, name: str, pdf: bytes) -> Checked:
    verdict = office.sandbox.verify(pdf, office.trust())
    return with_registry(office, name, verdict)


def with_registry(office: Office, name: str, verdict: Verdict) -> Checked:
    """Add to a file's verdict what the registry knows; a claim that it does not bear out is not genuine."""
    with office.database.read() as conn:
        exact = versions.by_sha256(conn, verdict.sha256)
        claim = verdict.claim
        claimed = registry.by_token(conn, claim.token) if claim and exact is None else None
    if exact is not None:
        permit = exact[0]
    elif claimed is not None and verdict.outcome is Outcome.GENUINE:
        # The signed part may stand alone, or carry a later time stamp: it must still be one that we stored.
        verdict, permit = _unregistered(verdict), claimed
    elif claim is not None and claim.office == office.profile.code and verdict.outcome is Outcome.GENUINE:
        return Checked(name, _unregistered(verdict), None, None)
    else:
        return Checked(name, verdict, None, None)
    if permit.state not in _PUBLIC:
        return Checked(name, verdict, None, None)
    answer = _answer(office, permit)
    return Checked(name, verdict, PermitStatus(answer.status, answer.number, answer.token), answer)


def _unregistered(verdict: Verdict) -> Verdict:
    codes = tuple(sorted({*verdict.codes, "not-in-registry"}))
    return replace(verdict, outcome=Outcome.UNTRUSTED, codes=codes)


def _public_permit(office: Office, token: str) -> Permit | None:
    canonical = normalise_token(token)
    if canonical is None:
        return None
    with office.database.read() as conn:
        permit = registry.by_token(conn, canonical)
    return permit if permit is not None and permit.state in _PUBLIC else None


def _answer(office: Office, permit: Permit) -> PublicAnswer:
    with office.database.read() as conn:
        shown = versions.versions(conn, permit.id)
        after = registry.find_permit(conn, permit.replaced_by) if permit.replaced_by else None
    kind = office.catalog.get(permit.type_code)
    zone = office.profile.timezone
    return PublicAnswer(
        status=status_on(permit, office.today()),
        number=permit.number or "",
        type_title=kind.title,
        holder=kind.public_holder(permit.facts),
        public=tuple(kind.public_facts(permit.facts)),
        approved_on=permit.approved_on or permit.created_at.astimezone(zone).date(),
        valid_from=permit.valid_from,
        valid_until=permit.valid_until,
        signed_at=permit.signed_at or permit.created_at,
        signer_name=permit.signer_name or "",
        signer_title=permit.signer_title or "",
        level=shown[-1].level,
        trial=office.profile.trial,
        token=permit.token or "",
        revoked_on=permit.revoked_at.astimezone(zone).date() if permit.revoked_at else None,
        revocation_reason=permit.revocation_reason,
        replaced_by_token=after.token if after else None,
        replaced_by_number=after.number if after else None,
        versions=tuple(version_info(v) for v in shown),
        sha256=shown[-1].sha256,
    )


def _bare(number: str) -> bytes:
    return re.sub(r"[^0-9A-Z]", "", number.upper()).encode()
