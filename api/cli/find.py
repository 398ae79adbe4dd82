"""`sahih list`, `find`, `show`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.output import AsJson, DataFolder, clerk, complain, emit, opened, stop

if TYPE_CHECKING:
    from office.context import Office
    from office.find import VersionInfo
    from permits.permit import Permit

MOST_HITS = 100


def add_to(app: typer.Typer) -> None:
    """Add the group's commands."""
    app.command("list")(list_permits)
    app.command("find")(find_words)
    app.command("show")(show)


def list_permits(
    type_code: Annotated[str | None, typer.Option("--type", help="Kode jenis izin.")] = None,
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Daftar semua izin bernomor, yang terbaru dahulu."""
    from office import find

    with opened(data) as (_, office):
        if type_code is not None:
            office.catalog.get(type_code)
        for permit in find.list_permits(office, clerk(), type_code, numbered=True):
            row = summary(office, permit)
            emit(row, as_json, f"{row['number']}  {row['status']}  {row['applicant']}")


def find_words(words: list[str], data: DataFolder = None, as_json: AsJson = False) -> None:
    """Cari izin dengan kata, nama, alamat, atau nomor (boleh tanpa garis miring)."""
    from office import find
    from search.ports import Query

    with opened(data) as (_, office):
        hits = find.search(
            office, clerk(), Query(today=office.today(), words=" ".join(words), limit=MOST_HITS)
        )
        for hit in hits.hits:
            row = {
                "number": hit.number,
                "type": hit.type_code,
                "title": hit.type_title,
                "status": hit.status,
                "applicant": hit.applicant,
                "address": hit.address,
                "issued_on": hit.issued_on.isoformat(),
                "valid_until": hit.valid_until.isoformat() if hit.valid_until else None,
            }
            emit(row, as_json, f"{hit.number}  {hit.status}  {hit.applicant}  {hit.address}")
        if hits.total > len(hits.hits):
            complain(f"{len(hits.hits)} dari {hits.total} izin ditampilkan; tambah kata untuk mempersempit.")


def show(
    number: str,
    version: Annotated[int | None, typer.Option(help="Versi yang diambil (bawaan: terbaru).")] = None,
    out: Annotated[Path | None, typer.Option(help="Simpan PDF versi itu di sini.")] = None,
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Tampilkan satu izin dengan semua versinya; --out menyimpan PDF-nya."""
    from office import find

    with opened(data) as (_, office):
        permit = find.by_number(office, clerk(), number)
        held = find.permit_file(office, clerk(), permit.id)
        versions = [_version(v) for v in held.versions]
        if out is not None:
            if not held.versions:
                stop("Izin ini belum mempunyai versi yang dapat diambil.")
            out.write_bytes(
                find.version_bytes(office, clerk(), permit.id, version or held.versions[-1].version)[1]
            )
        row = summary(office, permit) | {"versions": versions}
        emit(
            row,
            as_json,
            "\n".join([f"{k}: {v}" for k, v in row.items() if k != "versions"] + _lines(versions)),
        )


def _version(v: VersionInfo) -> dict[str, Any]:
    return {
        "version": v.version,
        "level": v.level,
        "sha256": v.sha256,
        "size": v.size,
        "time": v.created_at.isoformat(),
    }


def _lines(versions: list[dict[str, Any]]) -> list[str]:
    return [f"versi {v['version']}: {v['level']}  {v['time']}  {v['sha256']}" for v in versions]


def summary(office: Office, permit: Permit) -> dict[str, Any]:
    """Return a permit as the command line tells it."""
    from office.find import applicant_of
    from permits.permit import status_on

    return {
        "number": permit.number,
        "serial": permit.serial,
        "type": permit.type_code,
        "status": status_on(permit, office.today()).value,
        "applicant": applicant_of(office, permit),
        "token": permit.token,
        "approved_on": permit.approved_on.isoformat() if permit.approved_on else None,
        "valid_until": permit.valid_until.isoformat() if permit.valid_until else None,
    }
