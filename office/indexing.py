"""The index follows the events, and nothing else; it can be thrown away and made anew from them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from archive import events, registry, versions
from esign.sandbox import Sandbox
from office.publish import Store
from permits.permit import Permit
from search.ports import Document, Index

READER = "index"
AT_ONCE = 100
_PAUSE_S = 0.02


@dataclass(frozen=True)
class IndexingSide:
    """What indexing works with; PDFs are read in the sandbox."""

    store: Store
    index: Index
    sandbox: Sandbox


def follow(side: IndexingSide) -> int:
    """Bring the index up to the last readable event; returns how many events were dealt with.

    Raises:
        IndexUnavailable, DatabaseUnavailable: the reader stays where it was; run it again.
    """
    done = 0
    while True:
        with side.store.database.begin() as conn:
            place = events.position(conn, READER, lock=True)
            batch = events.events_after(conn, place, AT_ONCE)
            if not batch and not events.is_behind(conn, place):
                return done
            if batch:
                side.index.put(_documents(side, dict.fromkeys(e.permit_id for e in batch)))
                events.advance(conn, READER, batch[-1].cursor)
        if not batch:
            # An older transaction still writes; its events come first, and it ends soon.
            time.sleep(_PAUSE_S)
        done += len(batch)


def behind(side: IndexingSide) -> bool:
    """Say whether events wait that ``follow`` has not dealt with."""
    with side.store.database.read() as conn:
        return events.is_behind(conn, events.position(conn, READER))


def rebuild(side: IndexingSide) -> int:
    """Read every event anew; returns how many."""
    with side.store.database.begin() as conn:
        events.rewind(conn, READER)
    return follow(side)


def _documents(side: IndexingSide, permit_ids: Iterable[UUID]) -> Iterable[Document]:
    for permit_id in permit_ids:
        with side.store.database.read() as conn:
            permit = registry.get_permit(conn, permit_id)
            shown = versions.versions(conn, permit_id)
            kept = versions.kept(conn, permit_id, 1) if shown else None
        if permit.number is None or not shown:
            continue
        first = shown[0]
        pdf = (
            kept.data
            if kept
            else side.store.objects.get(first.object_key, first.object_version, first.sha256)
        )
        yield document_of(side.store, permit, side.sandbox.text(pdf))


def document_of(store: Store, permit: Permit, pages: tuple[str, ...]) -> Document:
    """Return a permit as search sees it."""
    kind = store.catalog.get(permit.type_code)
    return Document(
        permit_id=permit.id,
        revision=permit.revision,
        number=permit.number or "",
        serial=permit.serial or 0,
        type_code=permit.type_code,
        type_title=kind.title,
        state=permit.state.value,
        applicant=str(permit.facts.get(kind.applicant_field, "")),
        address=str(permit.facts.get(kind.address_field, "")),
        issued_on=permit.approved_on or date.min,
        valid_until=permit.valid_until,
        signer=permit.signer_name or "",
        fields=dict(kind.texts(permit.facts)),
        pages=pages,
    )
