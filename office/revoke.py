"""Revoking a signed permit, with a reason that the public may read."""

from __future__ import annotations

from uuid import UUID

from archive import records, registry
from office import jobs
from office.accounts import Account, Right, require
from office.context import Office
from office.draft import allowed, good_reason, locked
from permits.permit import Permit, State


def revoke(office: Office, who: Account, permit_id: UUID, reason: str) -> Permit:
    """Revoke a permit. Its files stay as they are; from now on every check says so.

    Raises:
        BadReason: none, or too long; Conflict: it is not in force; NotAllowed, NotFound.
    """
    require(who, Right.REVOKE)
    reason = good_reason(reason)
    with office.database.begin() as conn:
        permit = locked(conn, who, permit_id)
        allowed(permit, State.REVOKED)
        now = office.clock()
        changed = registry.update_permit(
            conn,
            permit_id,
            permit.revision,
            now,
            state=State.REVOKED,
            revoked_at=now,
            revoked_by=who.username,
            revocation_reason=reason,
        )
        records.record_event(conn, now, permit_id, "revoked", who.username, {"reason": reason})
        records.record_audit(
            conn, now, who.username, "permit.revoked", changed.number or "", None, {"reason": reason}
        )
        jobs.after_change(conn, permit_id)
        return changed
