"""Drafting: facts in, a permit that waits for the Kepala Dinas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from archive import jobs as queue
from archive import records, registry, versions
from archive.errors import NoSuchPermit, StaleRevision
from office import jobs
from office.accounts import Account, Right, require, sees
from office.context import Office
from office.errors import BadReason, Conflict, NotAllowed, NotFound
from permits.errors import LifecycleError
from permits.permit import Facts, Permit, State, check_move

OPEN = frozenset({State.DRAFT, State.SUBMITTED, State.RETURNED})


def create(
    office: Office,
    who: Account,
    type_code: str,
    facts: Any,
    *,
    batch_key: str | None = None,
    replaces: UUID | None = None,
) -> Permit:
    """Register a draft. The same type and ``batch_key`` again give the permit that is there.

    Raises:
        NotAllowed: the role drafts nothing, or not of this type.
        UnknownType, InvalidFacts: see permits.errors.
        Conflict: ``replaces`` names a permit that is not in force.
    """
    (permit,) = create_many(office, who, type_code, [(facts, batch_key)], replaces=replaces)
    return permit


def create_many(
    office: Office,
    who: Account,
    type_code: str,
    lines: Sequence[tuple[Any, str | None]],
    *,
    replaces: UUID | None = None,
    submit_too: bool = False,
) -> list[Permit]:
    """Register many drafts in one transaction, all or none; see ``create``."""
    require(who, Right.DRAFT)
    if not sees(who, type_code):
        raise NotAllowed
    kind = office.catalog.get(type_code)
    checked = [(kind.validate(facts), key) for facts, key in lines]
    with office.database.begin() as conn:
        if replaces is not None:
            _check_replaceable(conn, type_code, replaces)
        made = [
            _insert(conn, office, who, _new(office, who, type_code, facts, key, replaces))
            for facts, key in checked
        ]
        if submit_too:
            made = [
                _submit(conn, office, who, p) if p.state in {State.DRAFT, State.RETURNED} else p for p in made
            ]
        return made


def _new(  # noqa: PLR0917 - a constructor with the clock and the person filled in
    office: Office, who: Account, type_code: str, facts: Facts, key: str | None, replaces: UUID | None
) -> Permit:
    now = office.clock()
    return Permit(
        id=uuid4(),
        type_code=type_code,
        facts=facts,
        state=State.DRAFT,
        revision=1,
        created_at=now,
        created_by=who.username,
        updated_at=now,
        batch_key=key,
        replaces=replaces,
    )


def _insert(conn: sa.Connection, office: Office, who: Account, new: Permit) -> Permit:
    permit, now = registry.insert_permit(conn, new), office.clock()
    if permit.id == new.id:
        detail = {"type": new.type_code}
        records.record_event(conn, now, permit.id, "drafted", who.username, detail)
        records.record_audit(conn, now, who.username, "permit.drafted", str(permit.id), None, detail)
    return permit


def _check_replaceable(conn: sa.Connection, type_code: str, permit_id: UUID) -> None:
    old = registry.find_permit(conn, permit_id)
    if old is None or old.type_code != type_code:
        raise NotFound
    if old.state is not State.SIGNED:
        raise Conflict("Hanya izin yang sudah ditandatangani dan belum dicabut yang dapat diganti.")


def revise(office: Office, who: Account, permit_id: UUID, facts: Any, revision: int) -> Permit:
    """Change a draft's facts. A submitted permit must be returned first; a signed one is never edited.

    Raises:
        Conflict: someone else changed it, or it is no draft any more.
    """
    require(who, Right.DRAFT)
    with office.database.begin() as conn:
        permit = locked(conn, who, permit_id)
        if permit.state not in {State.DRAFT, State.RETURNED}:
            raise Conflict("Berkas ini sudah diajukan atau ditandatangani, jadi tidak dapat diubah lagi.")
        clean = office.catalog.get(permit.type_code).validate(facts)
        now = office.clock()
        try:
            changed = registry.update_permit(conn, permit_id, revision, now, facts=clean)
        except StaleRevision as stale:
            raise Conflict(
                "Orang lain baru saja mengubah draf ini. Muat ulang, lalu ulangi perubahan Anda."
            ) from stale
        records.record_event(conn, now, permit_id, "revised", who.username, {})
        records.record_audit(conn, now, who.username, "permit.revised", str(permit_id), None, {})
        return changed


def submit(office: Office, who: Account, permit_id: UUID) -> Permit:
    """Put a draft, or a returned one, before the Kepala Dinas.

    Raises:
        Conflict: its state does not allow it.
    """
    require(who, Right.DRAFT)
    with office.database.begin() as conn:
        return _submit(conn, office, who, locked(conn, who, permit_id))


def _submit(conn: sa.Connection, office: Office, who: Account, permit: Permit) -> Permit:
    allowed(permit, State.SUBMITTED)
    now = office.clock()
    changed = registry.update_permit(
        conn, permit.id, permit.revision, now, state=State.SUBMITTED, submitted_at=now, return_reason=None
    )
    records.record_event(conn, now, permit.id, "submitted", who.username, {})
    records.record_audit(conn, now, who.username, "permit.submitted", str(permit.id), None, {})
    return changed


def withdraw(office: Office, who: Account, permit_id: UUID, reason: str) -> Permit:
    """Give a permit up before it is signed. If it has taken a number, the register shows it as batal.

    Raises:
        BadReason, Conflict: no reason, or it is signed already.
    """
    require(who, Right.DRAFT)
    reason = good_reason(reason)
    with office.database.begin() as conn:
        permit = locked(conn, who, permit_id)
        allowed(permit, State.WITHDRAWN)
        refuse_if_signing(conn, permit)
        now = office.clock()
        changed = registry.update_permit(conn, permit_id, permit.revision, now, state=State.WITHDRAWN)
        records.record_event(conn, now, permit_id, "withdrawn", who.username, {"reason": reason})
        records.record_audit(
            conn, now, who.username, "permit.withdrawn", str(permit_id), None, {"reason": reason}
        )
        if changed.number is not None:
            queue.defer(conn, jobs.INDEX, {}, lock="index")
        return changed


def preview(office: Office, who: Account, type_code: str, facts: Any) -> bytes:
    """Return the draft as PDF: watermark, no QR, no number.

    Raises:
        InvalidFacts: facts that the type refuses.
    """
    require(who, Right.READ)
    clean = office.catalog.get(type_code).validate(facts)
    return office.renderer.draft(type_code, clean, office.today())


def preview_of(office: Office, who: Account, permit_id: UUID) -> bytes:
    """Return a registered draft as PDF."""
    require(who, Right.READ)
    with office.database.read() as conn:
        permit = seen(conn, who, permit_id)
    return office.renderer.draft(permit.type_code, permit.facts, office.today())


def list_drafts(office: Office, who: Account, states: Iterable[State] | None = None) -> list[Permit]:
    """Return what is not signed yet, newest first, as far as ``who`` sees it."""
    require(who, Right.READ)
    wanted = registry.Wanted(types=who.types, states=frozenset(states) if states else OPEN, limit=500)
    with office.database.read() as conn:
        return registry.list_permits(conn, wanted)


def seen(conn: sa.Connection, who: Account, permit_id: UUID) -> Permit:
    """Return a permit that ``who`` may see; one of another bidang is as absent.

    Raises:
        NotFound: there is none.
    """
    permit = registry.find_permit(conn, permit_id)
    if permit is None or not sees(who, permit.type_code):
        raise NotFound
    return permit


def locked(conn: sa.Connection, who: Account, permit_id: UUID) -> Permit:
    """As ``seen``, and nobody else changes it until the transaction ends."""
    try:
        permit = registry.get_permit(conn, permit_id, lock=True)
    except NoSuchPermit as absent:
        raise NotFound from absent
    if not sees(who, permit.type_code):
        raise NotFound
    return permit


def allowed(permit: Permit, new: State) -> None:
    """Pass if the permit's life has that step.

    Raises:
        Conflict: it has not; the message is for people.
    """
    try:
        check_move(permit.state, new)
    except LifecycleError as error:
        raise Conflict(str(error)) from error


def refuse_if_signing(conn: sa.Connection, permit: Permit) -> None:
    """Pass unless signed bytes of the permit are kept already: from then on it is being published.

    Raises:
        Conflict: it is.
    """
    if versions.kept(conn, permit.id, 1) is not None:
        raise Conflict("Izin ini sudah ditandatangani dan sedang diterbitkan. Tunggu sebentar.")


def good_reason(reason: str) -> str:
    """Return a reason without surrounding blanks.

    Raises:
        BadReason: shorter than 5 or longer than 500 characters.
    """
    clean = " ".join(reason.split())
    if not 5 <= len(clean) <= 500:
        raise BadReason
    return clean
