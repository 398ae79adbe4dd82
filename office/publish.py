"""From kept bytes to a visible version: the second half of every write, which needs no key.

Order (the architecture's): bytes and version are in PostgreSQL already; then the object store; then one
transaction that makes the version visible, changes the permit's state, appends the event and defers the
jobs. Each step may be repeated after a crash: ``publish`` finishes whatever was begun.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from archive import events, manifest, records, registry, versions
from archive.database import Database
from archive.errors import ObjectConflict, ObjectDamaged, ObjectMissing
from archive.objects import Objects
from archive.retention import retain_until
from office import jobs
from permits.catalog import Catalog
from permits.permit import Permit, State
from permits.profile import OfficeProfile


@dataclass(frozen=True)
class Store:
    """What publishing works with."""

    database: Database
    objects: Objects
    catalog: Catalog
    profile: OfficeProfile
    clock: Callable[[], datetime]

    def locked_until(self, permit: Permit) -> datetime:
        """Return until when a version stored now is locked, by the retention class of its type."""
        kind = self.catalog.get(permit.type_code)
        return retain_until(self.profile.retention[kind.retention_class], self.clock())


def publish(store: Store, permit_id: UUID, n: int) -> tuple[Permit, versions.Version]:
    """Store a kept version and make it visible; does nothing that was done before.

    Raises:
        ObjectsUnavailable, DatabaseUnavailable: try again, nothing is lost.
        ObjectConflict: other bytes stand under the permit's key; a person must look.
    """
    with store.database.read() as conn:
        permit = registry.get_permit(conn, permit_id)
        kept = versions.kept(conn, permit_id, n)
        (version,) = [v for v in versions.versions(conn, permit_id, hidden=True) if v.n == n]
    if version.visible or kept is None:
        return permit, version
    put = store.objects.put_first if n == 1 else store.objects.put_next
    stored = put(version.object_key, kept.data, kept.sha256, store.locked_until(permit))
    with store.database.begin() as conn:
        permit = registry.get_permit(conn, permit_id, lock=True)
        versions.mark_stored(conn, permit_id, n, stored, store.clock())
        versions.make_visible(conn, permit_id, n)
        if n == 1:
            return _issued(conn, store, permit, version), version
        if not _seen_before(conn, permit_id, n):
            data = {"version": n, "level": version.level, "sha256": version.sha256}
            records.record_event(conn, store.clock(), permit_id, "preserved", "sahih", data)
            jobs.after_version(conn, permit_id, n)
        return permit, version


def _issued(conn: sa.Connection, store: Store, permit: Permit, version: versions.Version) -> Permit:
    if permit.state is not State.SUBMITTED:
        return permit
    now, actor = store.clock(), permit.signer_name or ""
    changed = registry.update_permit(conn, permit.id, permit.revision, now, state=State.SIGNED)
    data = {"number": permit.number, "sha256": version.sha256, "level": version.level}
    records.record_event(conn, now, permit.id, "issued", actor, data)
    records.record_audit(conn, now, actor, "permit.issued", permit.number or "", None, {})
    jobs.after_issue(conn, permit.id)
    if permit.replaces is not None:
        _replace(conn, store, permit.replaces, changed)
    return changed


def _replace(conn: sa.Connection, store: Store, old_id: UUID, new: Permit) -> None:
    old = registry.get_permit(conn, old_id, lock=True)
    if (
        old.state is not State.SIGNED
    ):  # revoked meanwhile: revoked it stays, the new one names it all the same
        return
    now = store.clock()
    registry.update_permit(conn, old_id, old.revision, now, state=State.REPLACED, replaced_by=new.id)
    records.record_event(conn, now, old_id, "replaced", new.signer_name or "", {"by": new.number})
    jobs.after_change(conn, old_id)


def _seen_before(conn: sa.Connection, permit_id: UUID, n: int) -> bool:
    return any(
        e.kind == "preserved" and e.data.get("version") == n for e in events.events_of(conn, permit_id)
    )


def sweep(store: Store, older_than: timedelta = timedelta(seconds=30)) -> int:
    """Publish every kept version that a crash left behind; returns how many.

    One that needs a person's look is written where staff see it, and does not stop the others.

    Raises:
        ObjectsUnavailable, DatabaseUnavailable: try again, nothing is lost.
    """
    with store.database.read() as conn:
        left = versions.unstored(conn, store.clock() - older_than)
    done = 0
    for permit_id, n in left:
        try:
            publish(store, permit_id, n)
            done += 1
        except (ObjectConflict, ObjectDamaged, ObjectMissing) as error:
            with store.database.begin() as conn:
                records.record_failure(conn, store.clock(), "archive", permit_id, "publish", str(error))
    return done


def compare(store: Store, permit_id: UUID, n: int) -> bool:
    """Read a stored version back; if it is what we keep, let the kept bytes go. Says whether they went.

    Raises:
        ObjectDamaged, ObjectMissing: the store does not hold what it acknowledged; the bytes stay kept.
    """
    with store.database.read() as conn:
        found = [v for v in versions.versions(conn, permit_id) if v.n == n]
    if not found or found[0].object_version is None:
        return False
    version = found[0]
    store.objects.get(version.object_key, version.object_version, version.sha256)
    with store.database.begin() as conn:
        return versions.drop_kept(conn, permit_id, n, version.sha256)


def compare_left(store: Store, older_than: timedelta) -> None:
    """Compare what was stored some time ago and is still kept: its own job was lost or given up."""
    with store.database.read() as conn:
        left = versions.uncompared(conn, store.clock() - older_than)
    for permit_id, n in left:
        compare(store, permit_id, n)


def write_manifest(store: Store, permit_id: UUID) -> None:
    """Put the manifest of a permit, as the registry has it now, beside its PDF."""
    with store.database.read() as conn:
        permit = registry.get_permit(conn, permit_id)
        shown = versions.versions(conn, permit_id)
        happened = events.events_of(conn, permit_id)
    if shown:
        data = manifest.write_manifest(manifest.make_manifest(permit, shown, happened))
        store.objects.put_manifest(shown[0].object_key, data, store.locked_until(permit))
