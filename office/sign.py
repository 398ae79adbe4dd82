"""Signing from the Kepala Dinas' desk: start a batch, watch it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa

from archive import records, tables
from office.accounts import Account, Right, authenticate, require, sees
from office.context import Office, Signed
from office.errors import Conflict, NotFound


@dataclass(frozen=True)
class BatchItem:
    """One permit of a batch; ``state``: waiting, signed or failed."""

    permit_id: UUID
    title: str
    applicant: str
    state: str
    number: str | None
    reason: str | None


@dataclass(frozen=True)
class Batch:
    """A batch as far as it got."""

    id: UUID
    created_at: datetime
    finished_at: datetime | None
    items: tuple[BatchItem, ...]


def start(office: Office, who: Account, passphrase: str, items: Sequence[tuple[UUID, str]]) -> UUID:
    """Begin to sign; the work goes on at the signing side when this returns.

    Args:
        office: the office.
        who: who signs.
        passphrase: opens the key; neither stored nor logged.
        items: permits, each with the approval digest that was on the screen.

    Raises:
        LoginRefused: wrong passphrase; nothing was begun.
        NotAllowed, Conflict (nothing chosen), NotFound (one is not there, or not for ``who``), Unavailable.
    """
    batch_id = _open(office, who, passphrase, items)
    office.desk.begin(batch_id, who.username, passphrase, items)
    return batch_id


def run(office: Office, who: Account, passphrase: str, items: Sequence[tuple[UUID, str]]) -> Iterator[Signed]:
    """As ``start``, but yield each result as it comes."""
    batch_id = _open(office, who, passphrase, items)
    yield from office.desk.sign(batch_id, who.username, passphrase, items)


def _open(office: Office, who: Account, passphrase: str, items: Sequence[tuple[UUID, str]]) -> UUID:
    require(who, Right.SIGN)
    authenticate(office, who.username, passphrase, None)
    unique = list(dict(items).items())
    if not unique:
        raise Conflict("Pilih dulu izin yang akan ditandatangani.")
    batch_id = uuid4()
    with office.database.begin() as conn:
        _check_seen(conn, who, [permit_id for permit_id, _ in unique])
        conn.execute(
            sa.insert(tables.signing_batch).values(id=batch_id, account_id=who.id, created_at=office.clock())
        )
        rows = [
            {"batch_id": batch_id, "permit_id": permit_id, "position": place, "digest": digest}
            for place, (permit_id, digest) in enumerate(unique)
        ]
        conn.execute(sa.insert(tables.signing_item), rows)
        detail = {"permits": len(unique)}
        records.record_audit(
            conn, office.clock(), who.username, "signing.started", str(batch_id), None, detail
        )
    return batch_id


def _check_seen(conn: sa.Connection, who: Account, permit_ids: Sequence[UUID]) -> None:
    p = tables.permit
    found = conn.execute(sa.select(p.c.type_code).where(p.c.id.in_(permit_ids))).scalars().all()
    if len(found) < len(permit_ids) or not all(sees(who, code) for code in found):
        raise NotFound("Salah satu izin yang dipilih tidak ditemukan. Muat ulang daftarnya, lalu pilih lagi.")


def progress(office: Office, who: Account, batch_id: UUID) -> Batch:
    """Return how far a batch of ``who`` got.

    Raises:
        NotFound: no such batch of this person.
    """
    require(who, Right.SIGN)
    b, i, p = tables.signing_batch, tables.signing_item, tables.permit
    with office.database.read() as conn:
        head = conn.execute(sa.select(b).where(b.c.id == batch_id, b.c.account_id == who.id)).first()
        if head is None:
            raise NotFound("Daftar tanda tangan ini tidak ditemukan.")
        rows = conn.execute(
            sa.select(i, p.c.type_code, p.c.facts)
            .join(p, p.c.id == i.c.permit_id)
            .where(i.c.batch_id == batch_id)
            .order_by(i.c.position)
        ).all()
    return Batch(head.id, head.created_at, head.finished_at, tuple(_item(office, row) for row in rows))


def _item(office: Office, row: sa.Row[tuple[object, ...]]) -> BatchItem:
    kind = office.catalog.get(row.type_code)
    applicant = str(row.facts.get(kind.applicant_field, ""))
    return BatchItem(row.permit_id, kind.title, applicant, row.state, row.number, row.reason)
