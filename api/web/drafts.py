"""Drafts: choose a type, fill its form beside the live page, submit; mend what came back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.web import forms
from api.web.errors import PageRoute
from api.web.guard import Person, PostedForm
from api.web.i18n import language_of
from api.web.public import FRAMED, pdf_response
from api.web.site import site_of
from esign.errors import RenderError
from office import draft, find
from office.accounts import Account, Right, require, sees
from office.errors import BadReason, NotFound
from permits.catalog import PermitType
from permits.errors import InvalidFacts, Problem
from permits.permit import Permit, State

router = APIRouter(route_class=PageRoute, include_in_schema=False, prefix="/kantor/draf")

_OPEN = (State.DRAFT, State.RETURNED, State.SUBMITTED)


@dataclass(frozen=True)
class Sheet:
    """One draft's form: where it posts to, what is typed, what it mends or replaces."""

    kind: PermitType
    action: str
    values: dict[str, str]
    permit: Permit | None = None
    replaces: Permit | None = None
    problems: tuple[Problem, ...] = ()


def _show(request: Request, sheet: Sheet, status: int = 200) -> Response:
    site = site_of(request)
    language = language_of(request)
    return site.page(
        request,
        "draft_form.html",
        status=status,
        sheet=sheet,
        entries=forms.entries(sheet.kind, sheet.values, sheet.problems, language),
        errors=forms.summary(sheet.kind, sheet.problems, language),
    )


@router.get("")
def drafts(request: Request, session: Person, keadaan: str = "") -> Response:
    """List drafts, returned and submitted permits."""
    site = site_of(request)
    require(session.account, Right.DRAFT)
    every = draft.list_drafts(site.office, session.account, _OPEN)
    counts = {state.value: sum(p.state is state for p in every) for state in _OPEN}
    shown = [p for p in every if not keadaan or p.state.value == keadaan]
    return site.page(
        request,
        "drafts.html",
        rows=_rows(site.office.catalog, shown),
        counts=counts,
        chosen=keadaan,
        total=len(every),
    )


def _rows(catalog: Iterable[PermitType], permits: Iterable[Permit]) -> list[tuple[Permit, str, str]]:
    kinds = {kind.code: kind for kind in catalog}
    return [
        (p, kinds[p.type_code].title, str(p.facts.get(kinds[p.type_code].applicant_field, "")))
        for p in permits
    ]


@router.get("/baru")
def choose(request: Request, session: Person) -> Response:
    """Ask for the type of permit."""
    site = site_of(request)
    require(session.account, Right.DRAFT)
    kinds = [kind for kind in site.office.catalog if sees(session.account, kind.code)]
    return site.page(request, "choose.html", kinds=kinds)


@router.get("/baru/{code}")
def new(
    request: Request, session: Person, code: str, mengganti: Annotated[UUID | None, Query()] = None
) -> Response:
    """Show the type's empty form, or one filled from the permit that it will replace."""
    site = site_of(request)
    require(session.account, Right.DRAFT)
    kind = _kind(request, session.account, code)
    replaced = find.permit_file(site.office, session.account, mengganti).permit if mengganti else None
    values = forms.values_of(kind, replaced.facts) if replaced else {}
    return _show(request, Sheet(kind, _action(code, mengganti), values, replaces=replaced))


def _action(code: str, replaces: UUID | None) -> str:
    return f"/kantor/draf/baru/{code}" + (f"?mengganti={replaces}" if replaces else "")


def _kind(request: Request, who: Account, code: str) -> PermitType:
    kind = site_of(request).office.catalog.get(code)
    if not sees(who, code):
        raise NotFound
    return kind


@router.post("/baru/{code}")
def create(
    request: Request,
    session: Person,
    form: PostedForm,
    code: str,
    mengganti: Annotated[UUID | None, Query()] = None,
) -> Response:
    """Keep a new draft, and submit it at once if that button was pressed."""
    site, who = site_of(request), session.account
    kind = _kind(request, who, code)
    values = forms.typed(kind, form)
    try:
        made = draft.create(site.office, who, code, forms.facts_of(kind, values), replaces=mengganti)
    except InvalidFacts as invalid:
        replaced = find.permit_file(site.office, who, mengganti).permit if mengganti else None
        sheet = Sheet(kind, _action(code, mengganti), values, replaces=replaced, problems=invalid.problems)
        return _show(request, sheet, 422)
    return _onward(request, who, made.id, str(form.get("langkah", "")))


def _onward(request: Request, who: Account, permit_id: UUID, step: str) -> Response:
    if step == "ajukan":
        draft.submit(site_of(request).office, who, permit_id)
        return RedirectResponse("/kantor/draf?pesan=diajukan", 303)
    return RedirectResponse(f"/kantor/draf/{permit_id}?pesan=disimpan", 303)


@router.post("/pratinjau")
def preview(request: Request, session: Person, form: PostedForm) -> Response:
    """Set the page from what is typed so far; what is missing is told instead."""
    site, who = site_of(request), session.account
    kind = _kind(request, who, str(form.get("jenis", "")))
    try:
        pdf = draft.preview(site.office, who, kind.code, forms.facts_of(kind, forms.typed(kind, form)))
    except InvalidFacts as invalid:
        told = forms.summary(kind, invalid.problems, language_of(request))
        return site.page(request, "preview_wait.html", headers=FRAMED, told=told)
    except RenderError as error:
        return site.page(request, "preview_wait.html", headers=FRAMED, told=[{"text": str(error)}])
    return pdf_response("pratinjau.pdf", pdf)


@router.get("/{permit_id}")
def edit(request: Request, session: Person, permit_id: UUID) -> Response:
    """Show a draft's form with its facts; a submitted one is shown by its own page."""
    site = site_of(request)
    require(session.account, Right.DRAFT)
    permit = find.permit_file(site.office, session.account, permit_id).permit
    if permit.state not in {State.DRAFT, State.RETURNED}:
        return RedirectResponse(f"/kantor/izin/{permit_id}", 303)
    kind = site.office.catalog.get(permit.type_code)
    return _show(
        request, Sheet(kind, f"/kantor/draf/{permit_id}", forms.values_of(kind, permit.facts), permit)
    )


@router.post("/{permit_id}")
def revise(request: Request, session: Person, form: PostedForm, permit_id: UUID) -> Response:
    """Keep a draft's changes, unless someone else changed it since it was shown."""
    site, who = site_of(request), session.account
    permit = find.permit_file(site.office, who, permit_id).permit
    kind = site.office.catalog.get(permit.type_code)
    values, shown = forms.typed(kind, form), str(form.get("revisi", ""))
    revision = int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 10 else 0
    try:
        draft.revise(site.office, who, permit_id, forms.facts_of(kind, values), revision)
    except InvalidFacts as invalid:
        sheet = Sheet(kind, f"/kantor/draf/{permit_id}", values, permit, problems=invalid.problems)
        return _show(request, sheet, 422)
    return _onward(request, who, permit_id, str(form.get("langkah", "")))


@router.post("/{permit_id}/batal")
def withdraw(request: Request, session: Person, form: PostedForm, permit_id: UUID) -> Response:
    """Withdraw a draft, with a reason; the register keeps a number that it already has as batal."""
    site, reason = site_of(request), str(form.get("alasan", ""))
    try:
        draft.withdraw(site.office, session.account, permit_id, reason)
    except BadReason:
        return RedirectResponse(f"/kantor/izin/{permit_id}?salah=batal#alasan-batal", 303)
    return RedirectResponse("/kantor/draf?pesan=dibatalkan", 303)
