"""What the Kepala Dinas approves: the digest of facts and template, and the way back to staff."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

import rfc8785

from archive import records, registry
from office.accounts import Account, Right, require
from office.context import Office
from office.draft import allowed, good_reason, locked, refuse_if_signing
from permits.catalog import Catalog
from permits.permit import Permit, State


@dataclass(frozen=True)
class Waiting:
    """One permit in the queue; ``digest`` (64 hex digits) is what a signature on it approves."""

    permit: Permit
    digest: str
    title: str
    applicant: str
    fee: int
    submitted_by: str


def approval_digest(catalog: Catalog, permit: Permit) -> str:
    """Return the SHA-256 of all that decides what the signed page says but number, date and QR."""
    kind = catalog.get(permit.type_code)
    document = {
        "permit": str(permit.id),
        "type": permit.type_code,
        "facts": dict(permit.facts),
        "template": kind.template_digest,
        "replaces": str(permit.replaces) if permit.replaces else None,
    }
    return hashlib.sha256(rfc8785.dumps(document)).hexdigest()


def queue(office: Office, who: Account) -> list[Waiting]:
    """Return what waits for a signature, oldest first.

    Raises:
        NotAllowed: only who signs has a queue.
    """
    require(who, Right.SIGN)
    wanted = registry.Wanted(types=who.types, states=frozenset({State.SUBMITTED}), limit=1000)
    with office.database.read() as conn:
        permits = registry.list_permits(conn, wanted)
    return [_waiting(office, permit) for permit in reversed(permits)]


def _waiting(office: Office, permit: Permit) -> Waiting:
    kind = office.catalog.get(permit.type_code)
    return Waiting(
        permit=permit,
        digest=approval_digest(office.catalog, permit),
        title=kind.title,
        applicant=str(permit.facts.get(kind.applicant_field, "")),
        fee=kind.fee,
        submitted_by=permit.created_by,
    )


def give_back(office: Office, who: Account, permit_id: UUID, reason: str) -> Permit:
    """Return a permit to staff with a reason.

    Raises:
        BadReason: none, or too long; Conflict: it waits no longer.
    """
    require(who, Right.SIGN)
    reason = good_reason(reason)
    with office.database.begin() as conn:
        permit = locked(conn, who, permit_id)
        allowed(permit, State.RETURNED)
        refuse_if_signing(conn, permit)
        now = office.clock()
        changed = registry.update_permit(
            conn, permit_id, permit.revision, now, state=State.RETURNED, return_reason=reason
        )
        records.record_event(conn, now, permit_id, "returned", who.username, {"reason": reason})
        records.record_audit(
            conn, now, who.username, "permit.returned", str(permit_id), None, {"reason": reason}
        )
        return changed
