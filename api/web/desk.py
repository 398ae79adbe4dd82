"""``/kantor``: what waits for this person today."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.web.errors import PageRoute
from api.web.guard import Person
from api.web.i18n import Translate
from api.web.site import Site, site_of
from office import approve, draft, find
from office.accounts import Account, Right, may
from permits.permit import State

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@dataclass(frozen=True)
class Tile:
    """One thing to do, with how many wait; None: nothing to count."""

    href: str
    title: str
    text: str
    count: int | None = None


@router.get("/kantor")
def desk(request: Request, session: Person) -> Response:
    """Show the tiles that this role can act on."""
    site = site_of(request)
    _ = site.translate(request)
    return site.page(request, "desk.html", tiles=_tiles(_, site, session.account))


def _tiles(_: Translate, site: Site, who: Account) -> list[Tile]:
    office, tiles = site.office, []
    if may(who, Right.SIGN):
        tiles.append(
            Tile(
                "/kantor/tanda-tangan",
                _("Menunggu tanda tangan"),
                _("Periksa, tanda tangani, atau kembalikan."),
                len(approve.queue(office, who)),
            )
        )
    if may(who, Right.DRAFT):
        mine = draft.list_drafts(office, who)
        returned = sum(p.state is State.RETURNED for p in mine)
        tiles.append(
            Tile(
                "/kantor/draf?keadaan=returned",
                _("Dikembalikan"),
                _("Perlu diperbaiki, lengkap dengan alasannya."),
                returned,
            )
        )
        tiles.append(
            Tile(
                "/kantor/draf",
                _("Draf"),
                _("Belum diajukan."),
                sum(p.state is State.DRAFT for p in mine),
            )
        )
        tiles.append(
            Tile("/kantor/draf/baru", _("Buat izin baru"), _("Pilih jenis, isi formulir, lihat pratinjau."))
        )
    tiles.append(
        Tile("/kantor/arsip", _("Arsip izin"), _("Cari menurut nama, nomor, alamat, atau kata apa pun."))
    )
    tiles.append(
        Tile(
            "/kantor/buku-register", _("Buku register"), _("Daftar nomor per jenis dan tahun, dapat diunduh.")
        )
    )
    if may(who, Right.AUDIT):
        tiles.append(
            Tile(
                "/kantor/kegagalan",
                _("Kegagalan"),
                _("Pekerjaan yang belum berhasil dan sebabnya."),
                len(find.failures(office, who)),
            )
        )
    return tiles
