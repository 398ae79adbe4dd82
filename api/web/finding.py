"""The archive: search with facets, and one permit with its history, versions and what may be done to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.web.errors import PageRoute
from api.web.guard import Person, PostedForm
from api.web.public import pdf_response
from api.web.site import Site, site_of
from office import draft, find, revoke
from office.accounts import Account
from office.context import Office
from office.errors import BadReason
from permits.permit import State
from search.errors import BadQuery
from search.ports import Query, Sort

router = APIRouter(route_class=PageRoute, include_in_schema=False, prefix="/kantor")

PAGE = 25
_FILTERS = ("jenis", "tahun", "keadaan")
_FACETS = {"jenis": "type", "tahun": "year", "keadaan": "status"}


@dataclass(frozen=True)
class Chip:
    """One value of a facet: its word, how many, and where a click on it leads."""

    value: str
    label: str
    count: int
    href: str
    on: bool


@router.get("/arsip")
def archive(request: Request, session: Person) -> Response:
    """Search issued permits."""
    site, asked = site_of(request), _asked(request)
    query = _query(site.office, asked)
    try:
        hits = find.search(site.office, session.account, query)
    except BadQuery:
        asked.pop("sesudah", None)
        hits = find.search(site.office, session.account, replace(query, after=None))
    return site.page(
        request,
        "archive.html",
        asked=asked,
        hits=hits,
        facets=_facets(site, asked, hits.facets),
        following=_link(asked | {"sesudah": hits.next}) if hits.next else None,
        first=_link({k: v for k, v in asked.items() if k != "sesudah"}) if "sesudah" in asked else None,
        sorts=list(Sort),
    )


def _asked(request: Request) -> dict[str, str]:
    known = ("kata", *_FILTERS, "urut", "sesudah")
    return {k: request.query_params[k][:300] for k in known if request.query_params.get(k)}


def _query(office: Office, asked: Mapping[str, str]) -> Query:
    year, sort = asked.get("tahun", ""), asked.get("urut", "")
    usual = Sort.RELEVANCE if asked.get("kata") else Sort.NEWEST
    return Query(
        today=office.today(),
        words=asked.get("kata", ""),
        type_code=asked.get("jenis"),
        year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None,
        status=asked.get("keadaan"),
        sort=Sort(sort) if sort in list(Sort) else usual,
        limit=PAGE,
        after=asked.get("sesudah"),
    )


def _link(asked: Mapping[str, str | None]) -> str:
    return "/kantor/arsip?" + urlencode({k: v for k, v in asked.items() if v})


def _facets(
    site: Site, asked: Mapping[str, str], counts: Mapping[str, Mapping[str, int]]
) -> dict[str, list[Chip]]:
    """Return the chips of each facet; a second click on a chosen one takes it off."""
    titles = {kind.code: kind.title for kind in site.office.catalog}
    base = {k: v for k, v in asked.items() if k != "sesudah"}
    found: dict[str, list[Chip]] = {}
    for name in _FILTERS:
        chips = []
        for value, count in counts.get(_FACETS[name], {}).items():
            on = asked.get(name) == value
            href = _link(base | {name: None} if on else base | {name: value})
            chips.append(Chip(value, titles.get(value, value) if name == "jenis" else value, count, href, on))
        found[name] = chips
    return found


@router.get("/izin/{permit_id}")
def permit(request: Request, session: Person, permit_id: UUID) -> Response:
    """Show one permit whole."""
    return _permit(request, session.account, permit_id)


def _permit(
    request: Request, who: Account, permit_id: UUID, status: int = 200, error: Mapping[str, str] | None = None
) -> Response:
    site, wrong = site_of(request), dict(error or {})
    if request.query_params.get("salah") == "batal":
        wrong["batal"] = site.translate(request)(str(BadReason()))
    file = find.permit_file(site.office, who, permit_id)
    applicant = str(file.permit.facts.get(file.type.applicant_field, ""))
    extra: dict[str, Any] = {"file": file, "permit": file.permit, "applicant": applicant, "error": wrong}
    return site.page(request, "permit.html", status=status, **extra)


@router.get("/izin/{permit_id}/versi/{version}")
def version(request: Request, session: Person, permit_id: UUID, version: int) -> Response:
    """Give one version of the signed PDF, as it was stored."""
    site = site_of(request)
    return pdf_response(
        *find.version_bytes(site.office, session.account, permit_id, version), attachment=True
    )


@router.get("/izin/{permit_id}/dokumen.pdf")
def document(request: Request, session: Person, permit_id: UUID) -> Response:
    """Show the page: the newest signed version, or the draft as it stands."""
    site, who = site_of(request), session.account
    file = find.permit_file(site.office, who, permit_id)
    if not file.versions:
        return pdf_response("draf.pdf", draft.preview_of(site.office, who, permit_id))
    return pdf_response(*find.version_bytes(site.office, who, permit_id, file.versions[-1].version))


@router.post("/izin/{permit_id}/cabut")
def withdraw_signed(request: Request, session: Person, form: PostedForm, permit_id: UUID) -> Response:
    """Revoke a signed permit, with the reason that the public will read."""
    site = site_of(request)
    try:
        revoke.revoke(site.office, session.account, permit_id, str(form.get("alasan", "")))
    except BadReason as bad:
        return _permit(request, session.account, permit_id, 422, {"cabut": str(bad)})
    return RedirectResponse(f"/kantor/izin/{permit_id}?pesan=dicabut", 303)


@router.get("/izin/{permit_id}/pengganti")
def replacement(request: Request, session: Person, permit_id: UUID) -> Response:
    """Lead to a new draft that will replace this permit."""
    site = site_of(request)
    file = find.permit_file(site.office, session.account, permit_id)
    if file.permit.state is not State.SIGNED:
        return RedirectResponse(f"/kantor/izin/{permit_id}", 303)
    return RedirectResponse(f"/kantor/draf/baru/{file.permit.type_code}?mengganti={permit_id}", 303)
