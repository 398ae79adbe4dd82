"""What the signing side writes about a batch: each permit's result, and what a crash cut off."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from archive import records, tables
from office.context import Signed
from office.publish import Store

CUT_OFF = (
    "Penandatanganan terputus sebelum izin ini sampai giliran. Tidak ada yang hilang; tanda tangani lagi."
)


def note_result(store: Store, batch_id: UUID, result: Signed) -> None:
    """Write what became of one permit of a batch; the batch ends with its last one."""
    item, batch, now = tables.signing_item, tables.signing_batch, store.clock()
    with store.database.begin() as conn:
        conn.execute(
            sa.update(item)
            .where(item.c.batch_id == batch_id, item.c.permit_id == result.permit_id)
            .values(
                state="signed" if result.ok else "failed",
                number=result.number,
                reason=result.reason,
                finished_at=now,
            )
        )
        if result.ok:
            records.resolve_failure(conn, now, "signing", result.permit_id, "sign")
        else:
            records.record_failure(conn, now, "signing", result.permit_id, "sign", result.reason or "")
            records.record_audit(conn, now, "sahih", "signing.failed", str(result.permit_id), None, {})
        waiting = sa.select(item.c.permit_id).where(item.c.batch_id == batch_id, item.c.state == "waiting")
        conn.execute(
            sa.update(batch).where(batch.c.id == batch_id, ~waiting.exists()).values(finished_at=now)
        )


def close_cut_off(store: Store) -> int:
    """Mark what waits in batches of an earlier life as failed: their passphrase is gone with that life."""
    item, batch, now = tables.signing_item, tables.signing_batch, store.clock()
    with store.database.begin() as conn:
        signed = sa.select(tables.version.c.permit_id).where(tables.version.c.visible)
        conn.execute(
            sa.update(item)
            .where(item.c.state == "waiting", item.c.permit_id.in_(signed))
            .values(state="signed", finished_at=now)
        )
        cut = conn.execute(
            sa.update(item)
            .where(item.c.state == "waiting")
            .values(state="failed", reason=CUT_OFF, finished_at=now)
        )
        conn.execute(sa.update(batch).where(batch.c.finished_at.is_(None)).values(finished_at=now))
        return cut.rowcount
