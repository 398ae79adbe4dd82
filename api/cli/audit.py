"""`sahih audit`, `reindex`."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.output import AsJson, DataFolder, complain, emit, opened


def add_to(app: typer.Typer) -> None:
    """Add the group's commands."""
    app.command("audit")(audit_all)
    app.command("reindex")(reindex)


def audit_all(
    full: Annotated[bool, typer.Option("--full", help="Baca ulang setiap berkas.")] = False,
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Bandingkan bucket, registri, dan indeks; status keluar 0 hanya bila semuanya cocok dan tuntas."""
    from archive.audit import audit

    with opened(data) as (_, office):
        count = 0
        revisions = office.index.revisions()
        for finding in audit(office.database, office.objects, revisions, office.clock(), full=full):
            count += 1
            row = {"kind": finding.kind.value, "permit_id": finding.permit_id, "detail": finding.detail}
            emit(row, as_json, f"{finding.kind.value}: {finding.permit_id or ''} {finding.detail}")
    if count:
        complain(f"{count} temuan.")
        raise typer.Exit(1)
    emit({"kind": "clean"}, as_json, "Bersih: bucket, registri, dan indeks cocok.")


def reindex(data: DataFolder = None, as_json: AsJson = False) -> None:
    """Bangun ulang indeks pencarian dari semua peristiwa."""
    from api.bootstrap import indexing_side
    from office.indexing import rebuild

    with opened(data) as (_, office):
        done = rebuild(indexing_side(office))
        emit({"events": done}, as_json, f"Indeks dibangun ulang dari {done} peristiwa.")
