"""Preserving a signed permit: its next version is B-LTA, or renews it, and begins with all bytes before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from archive import registry, versions
from archive.errors import ObjectMissing
from certs.revocation import RevocationClient
from certs.timestamp import TimestampClient
from certs.trust import TrustStore
from esign.preserve import certificates_to_prove, preserve
from esign.verdict import Level, Outcome
from esign.verify import verify
from office.errors import NotGenuine
from office.publish import Store, publish
from office.summary import verdict_json


@dataclass(frozen=True)
class PreservingSide:
    """What preserving works with; no key among it."""

    store: Store
    stamps: TimestampClient
    proofs: RevocationClient
    trust: Callable[[], TrustStore]


def to_lta(side: PreservingSide, permit_id: UUID) -> bool:
    """Make and publish the B-LTA version; says whether there was anything to do.

    Raises:
        NotGenuine: our own verification refused the result; nothing was stored.
        TimestampUnavailable, RevocationUnavailable, ObjectsUnavailable, DatabaseUnavailable: try again.
    """
    store = side.store
    with store.database.read() as conn:
        permit = registry.get_permit(conn, permit_id)
        known = versions.versions(conn, permit_id, hidden=True)
    if not known or not known[0].visible:
        return False
    last = known[-1]
    if not last.visible:
        publish(store, permit_id, last.n)
        return True
    if last.level == Level.B_LTA.value:
        return False
    pdf = _bytes(store, last)
    evidence = side.proofs.evidence(side.trust(), certificates_to_prove(pdf), fresh_since=permit.signed_at)
    longer = preserve(pdf, evidence, side.stamps.token, token_bytes=side.stamps.token_bytes)
    _keep(side, last, longer)
    publish(store, permit_id, last.n + 1)
    return True


def _bytes(store: Store, version: versions.Version) -> bytes:
    with store.database.read() as conn:
        kept = versions.kept(conn, version.permit_id, version.n)
    if kept is not None:
        return kept.data
    if version.object_version is None:
        raise ObjectMissing(version.object_key, "never acknowledged")
    return store.objects.get(version.object_key, version.object_version, version.sha256)


def _keep(side: PreservingSide, last: versions.Version, longer: bytes) -> None:
    verdict = verify(longer, side.trust())
    if verdict.outcome is not Outcome.GENUINE:
        raise NotGenuine(f"the preserved file was refused: {', '.join(verdict.codes)}")
    store, now = side.store, side.store.clock()
    with store.database.begin() as conn:
        registry.get_permit(conn, last.permit_id, lock=True)
        if versions.kept(conn, last.permit_id, last.n + 1) is not None:
            return
        sha256 = versions.keep_bytes(conn, last.permit_id, last.n + 1, longer, now)
        new = versions.Version(
            permit_id=last.permit_id,
            n=last.n + 1,
            sha256=sha256,
            level=verdict.level.value,
            size=len(longer),
            created_at=now,
            object_key=last.object_key,
            verdict=verdict_json(verdict),
        )
        versions.add_version(conn, new)
