"""The buku register: every number of a type and year, the batal ones too, on screen and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.web import format as fmt
from api.web.errors import PageRoute
from api.web.guard import Person
from api.web.i18n import Translate
from api.web.site import Site, site_of
from office import find
from office.accounts import Account, sees
from office.errors import NotFound
from office.find import RegisterRow
from permits.catalog import PermitType

router = APIRouter(route_class=PageRoute, include_in_schema=False, prefix="/kantor")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
YEARS_BACK = 5


@router.get("/buku-register")
def register(request: Request, session: Person, jenis: str = "", tahun: int = 0) -> Response:
    """Show one series: a type and a year."""
    site, who = site_of(request), session.account
    kinds = _kinds(site, who)
    kind, year = _chosen(site, kinds, jenis, tahun)
    this_year = site.office.today().year
    return site.page(
        request,
        "register.html",
        kinds=kinds,
        kind=kind,
        year=year,
        years=range(this_year, this_year - YEARS_BACK, -1),
        rows=list(find.register_rows(site.office, who, kind.code, year)),
    )


def _kinds(site: Site, who: Account) -> list[PermitType]:
    return [kind for kind in site.office.catalog if sees(who, kind.code)]


def _chosen(site: Site, kinds: list[PermitType], code: str, year: int) -> tuple[PermitType, int]:
    found = next((kind for kind in kinds if kind.code == code or not code), None)
    if found is None:
        raise NotFound("Jenis izin ini tidak ada atau bukan bidang Anda.")
    return found, year if 1900 <= year <= 2999 else site.office.today().year


@router.get("/buku-register.csv")
def export(request: Request, session: Person, jenis: str = "", tahun: int = 0) -> Response:
    """Give the same as CSV, as spreadsheets open it here: semicolons, UTF-8 with its mark."""
    site, who = site_of(request), session.account
    kind, year = _chosen(site, _kinds(site, who), jenis, tahun)
    text = _table(site.translate(request), find.register_rows(site.office, who, kind.code, year))
    return Response(
        "\ufeff" + text,
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="buku-register-{kind.code}-{year}.csv"',
            "Cache-Control": "no-store",
        },
    )


def _table(_: Translate, rows: Iterable[RegisterRow]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(
        [
            _("Urut"),
            _("Nomor"),
            _("Pemohon"),
            _("Tanggal penetapan"),
            _("Berlaku sampai"),
            _("Keadaan"),
            _("Keterangan"),
        ]
    )
    words = {
        "in_force": _("Berlaku"),
        "expired": _("Berakhir"),
        "revoked": _("Dicabut"),
        "replaced": _("Diganti"),
        "withdrawn": _("Batal"),
    }
    for row in rows:
        cells = [
            str(row.serial),
            row.number,
            row.applicant,
            fmt.day(row.approved_on),
            fmt.day(row.valid_until),
            words.get(row.status, _("Menunggu")),
            row.note or "",
        ]
        writer.writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from running an applicant's name as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
