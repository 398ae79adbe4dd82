"""The signing side: number, seal, page, signature, our own verdict, and only then the archive.

Runs where the keys are and nowhere else. A number is taken in a short transaction of its own, so signings do
not wait for one another; it belongs to its permit from then on, whatever happens next.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from archive import records, registry, versions
from archive.ports import object_key
from certs.keys import SigningKey, require_usable
from certs.timestamp import TimestampClient
from certs.trust import TrustStore
from esign import qr, seal
from esign.render import Renderer, Sheet
from esign.sign import SignatureBox, sign_pdf
from esign.verdict import Outcome, Verdict
from esign.verify import verify
from office.approve import approval_digest
from office.context import Signed
from office.errors import Conflict, NotAllowed, NotGenuine
from office.publish import Store, publish
from office.summary import verdict_json
from permits.numbering import format_number
from permits.permit import Permit, State, digest_of_facts
from permits.profile import Signatory


@dataclass(frozen=True)
class SigningSide:
    """What signing works with. ``stamps`` is the time-stamp authority's client."""

    store: Store
    renderer: Renderer
    seal_key: seal.SealKey
    stamps: TimestampClient
    trust: Callable[[], TrustStore]


def sign_one(side: SigningSide, permit_id: UUID, digest: str, key: SigningKey, username: str) -> Signed:
    """Sign one permit and publish it; one that is signed already is returned as it is.

    Args:
        side: the signing side.
        permit_id: the permit, submitted.
        digest: what was approved (``office.approve.approval_digest``).
        key: the opened key of ``username``.
        username: who signs; must stand among the office's signatories.

    Raises:
        Conflict: it changed since it was looked at, or waits no longer.
        NotAllowed: ``username`` is no signatory today.
        NotGenuine: our own verification refused the result; nothing was stored.
        TimestampUnavailable, ObjectsUnavailable, DatabaseUnavailable, RenderError, SigningError: as said
            there; the number stays with the permit, and the next try goes on from where this one ended.
    """
    now = side.store.clock()
    today = now.astimezone(side.store.profile.timezone).date()
    signatory = signatory_on(side, username, today)
    require_usable(key, now)
    permit, begun = _number(side, permit_id, digest, signatory, today)
    if not begun:
        made = _make(side, permit, signatory, key, now)
        permit = _keep(side, permit, signatory, now, made)
    done, first = publish(side.store, permit.id, 1)
    return Signed(permit.id, True, done.number, done.serial, done.token, first.sha256, first.level)


def signatory_on(side: SigningSide, username: str, today: date) -> Signatory:
    """Return the office's signatory of that user name who holds the post on ``today``.

    Raises:
        NotAllowed: there is none.
    """
    for one in side.store.profile.signatories:
        in_time = (one.since is None or one.since <= today) and (one.until is None or today <= one.until)
        if one.username == username and in_time:
            return one
    raise NotAllowed("Nama Anda tidak tercatat sebagai penanda tangan kantor ini pada hari ini.")


def _number(
    side: SigningSide, permit_id: UUID, digest: str, signatory: Signatory, today: date
) -> tuple[Permit, bool]:
    """Take a number; the second answer says that signed bytes are there already."""
    store = side.store
    with store.database.begin() as conn:
        permit = registry.get_permit(conn, permit_id, lock=True)
        if permit.state is not State.SUBMITTED:
            if permit.state is State.SIGNED:
                return permit, True
            raise Conflict("Berkas ini tidak lagi menunggu tanda tangan.")
        if versions.kept(conn, permit_id, 1) is not None:
            return permit, True
        if not hmac.compare_digest(approval_digest(store.catalog, permit), digest):
            raise Conflict("Berkas ini berubah sejak Anda melihatnya. Periksa lagi, lalu tanda tangani.")
        kind, profile = store.catalog.get(permit.type_code), store.profile
        numbered = registry.take_number(
            conn,
            permit_id,
            year=today.year,
            start=profile.starting_numbers.get((permit.type_code, today.year), 1),
            make_number=lambda serial: format_number(kind, profile, serial, today),
            make_token=seal.new_token,
            now=store.clock(),
        )
        if permit.number is None:
            data = {"number": numbered.number, "serial": numbered.serial}
            records.record_event(conn, store.clock(), permit_id, "numbered", signatory.username, data)
        return numbered, False


def _make(
    side: SigningSide, permit: Permit, signatory: Signatory, key: SigningKey, now: datetime
) -> tuple[bytes, Verdict]:
    profile = side.store.profile
    today = now.astimezone(profile.timezone).date()
    rendered = side.renderer.permit(_sheet(side, permit, signatory, today))
    box = SignatureBox(rendered.signature_page, *rendered.signature_box)
    pdf = sign_pdf(
        rendered.pdf,
        box,
        key,
        side.stamps.token,
        when=now,
        name=signatory.name,
        reason=f"Menerbitkan izin {permit.number}",
        location=profile.city,
        token_bytes=side.stamps.token_bytes,
    )
    verdict = verify(pdf, side.trust())
    if verdict.outcome is not Outcome.GENUINE:
        raise NotGenuine(
            f"Hasil tanda tangan tidak lolos pemeriksaan kami sendiri: {', '.join(verdict.codes)}"
        )
    return pdf, verdict


def _sheet(side: SigningSide, permit: Permit, signatory: Signatory, today: date) -> Sheet:
    store = side.store
    kind = store.catalog.get(permit.type_code)
    valid_from, valid_until = kind.validity_for(permit.facts, today)
    assert permit.number is not None  # noqa: S101 - take_number gave both, the type cannot say so
    assert permit.token is not None  # noqa: S101
    sealed = seal.SealedFacts(
        office_code=store.profile.code,
        number=permit.number,
        type_code=permit.type_code,
        holder=str(permit.facts.get(kind.applicant_field, "")),
        issued_on=today,
        valid_until=valid_until,
        facts_sha256=digest_of_facts(permit.type_code, permit.facts),
    )
    url = qr.verification_url(
        store.profile.base_url, permit.token, seal.make_seal(sealed, permit.token, side.seal_key)
    )
    replaced = None
    if permit.replaces is not None:
        with store.database.read() as conn:
            replaced = registry.get_permit(conn, permit.replaces).number
    return Sheet(
        permit_id=permit.id,
        type_code=permit.type_code,
        facts=permit.facts,
        number=permit.number,
        token=permit.token,
        url=url,
        approved_on=today,
        valid_from=valid_from,
        valid_until=valid_until,
        signatory=signatory,
        replaces_number=replaced,
        trial=store.profile.trial,
        issuer=store.profile.issuer,
        seal_kid=side.seal_key.kid.hex(),
    )


def _keep(
    side: SigningSide, permit: Permit, signatory: Signatory, now: datetime, made: tuple[bytes, Verdict]
) -> Permit:
    """Commit the signed bytes to PostgreSQL. Of two who signed at once, the second adopts the first's."""
    store, (pdf, verdict) = side.store, made
    today = now.astimezone(store.profile.timezone).date()
    kind = store.catalog.get(permit.type_code)
    valid_from, valid_until = kind.validity_for(permit.facts, today)
    with store.database.begin() as conn:
        current = registry.get_permit(conn, permit.id, lock=True)
        if current.state is not State.SUBMITTED or current.facts != permit.facts:
            raise Conflict("Berkas ini berubah selama ditandatangani; tidak ada yang diterbitkan.")
        if versions.kept(conn, permit.id, 1) is not None:
            return current
        _add(conn, permit, pdf, verdict, now)
        return registry.update_permit(
            conn,
            permit.id,
            current.revision,
            now,
            approved_on=today,
            valid_from=valid_from,
            valid_until=valid_until,
            signed_at=verdict.signatures[0].signed_at or now,
            signer_name=signatory.name,
            signer_title=" ".join(filter(None, (signatory.capacity, signatory.title))),
            approval_digest=approval_digest(store.catalog, permit),
            template_digest=kind.template_digest,
        )


def _add(conn: sa.Connection, permit: Permit, pdf: bytes, verdict: Verdict, now: datetime) -> None:
    assert permit.series_year is not None  # noqa: S101 - numbered
    sha256 = versions.keep_bytes(conn, permit.id, 1, pdf, now)
    versions.add_version(
        conn,
        versions.Version(
            permit_id=permit.id,
            n=1,
            sha256=sha256,
            level=verdict.level.value,
            size=len(pdf),
            created_at=now,
            object_key=object_key(permit.series_year, permit.type_code, permit.id),
            verdict=verdict_json(verdict),
        ),
    )
