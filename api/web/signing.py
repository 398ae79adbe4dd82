"""The Kepala Dinas' desk: what waits, a look at each, sign one or many, or give back with a reason."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.web.errors import PageRoute
from api.web.guard import Person, PostedForm
from api.web.public import pdf_response
from api.web.site import Site, site_of
from office import approve, draft, find, sign
from office.accounts import Account, Right, require
from office.approve import Waiting
from office.errors import BadReason, LockedOut, LoginRefused, NotFound

router = APIRouter(route_class=PageRoute, include_in_schema=False, prefix="/kantor/tanda-tangan")
MAX_PASSPHRASE = 1024


@router.get("")
def queue(request: Request, session: Person) -> Response:
    """List what waits, oldest first, with a box for each."""
    site = site_of(request)
    return site.page(request, "queue.html", waiting=approve.queue(site.office, session.account), error=None)


@router.get("/izin/{permit_id}")
def look(request: Request, session: Person, permit_id: UUID) -> Response:
    """Show one waiting permit: facts, page, sign or give back."""
    site = site_of(request)
    return _look(request, site, session.account, permit_id)


def _look(
    request: Request,
    site: Site,
    who: Account,
    permit_id: UUID,
    *,
    status: int = 200,
    error: str = "",
    reason: str = "",
) -> Response:
    waiting = approve.queue(site.office, who)
    found = next((place for place, item in enumerate(waiting) if item.permit.id == permit_id), None)
    if found is None:
        raise NotFound(
            "Izin ini tidak lagi menunggu tanda tangan. Mungkin sudah ditandatangani atau dikembalikan."
        )
    return site.page(
        request,
        "look.html",
        status=status,
        item=waiting[found],
        file=find.permit_file(site.office, who, permit_id),
        following=waiting[found + 1].permit.id if found + 1 < len(waiting) else None,
        error=error,
        reason=reason,
    )


@router.get("/izin/{permit_id}/pratinjau.pdf")
def preview(request: Request, session: Person, permit_id: UUID) -> Response:
    """Show the page that would be signed."""
    site = site_of(request)
    require(session.account, Right.SIGN)
    return pdf_response("pratinjau.pdf", draft.preview_of(site.office, session.account, permit_id))


@router.post("/izin/{permit_id}/kembalikan")
def give_back(request: Request, session: Person, permit_id: UUID, form: PostedForm) -> Response:
    """Give a permit back to staff, with what has to be mended."""
    site, reason = site_of(request), str(form.get("alasan", ""))
    try:
        approve.give_back(site.office, session.account, permit_id, reason)
    except BadReason as bad:
        return _look(request, site, session.account, permit_id, status=422, error=str(bad), reason=reason)
    return RedirectResponse("/kantor/tanda-tangan", 303)


@router.post("/periksa")
def confirm(request: Request, session: Person, form: PostedForm) -> Response:
    """List what will be signed and ask for the passphrase, once."""
    site = site_of(request)
    require(session.account, Right.SIGN)
    return _confirm(request, site, session.account, _chosen(form))


def _confirm(
    request: Request,
    site: Site,
    who: Account,
    items: list[tuple[UUID, str]],
    *,
    status: int = 200,
    error: str = "",
) -> Response:
    _ = site.translate(request)
    waiting = approve.queue(site.office, who)
    known = {(item.permit.id, item.digest): item for item in waiting}
    chosen: list[Waiting] = [known[item] for item in items if item in known]
    if not chosen:
        problem = _("Centang paling sedikit satu izin yang akan ditandatangani.")
        return site.page(request, "queue.html", status=422, waiting=waiting, error=problem)
    return site.page(
        request, "confirm.html", status=status, chosen=chosen, changed=len(items) - len(chosen), error=error
    )


@router.post("/mulai")
def begin(request: Request, session: Person, form: PostedForm) -> Response:
    """Sign what was listed; each item carries the digest of what was shown."""
    site, items = site_of(request), _chosen(form)
    passphrase = str(form.get("sandi", ""))[:MAX_PASSPHRASE]
    if not items or not passphrase:
        _ = site.translate(request)
        problem = _("Ketik kata sandi Anda untuk menandatangani.")
        return _confirm(request, site, session.account, items, status=422, error=problem)
    try:
        batch = sign.start(site.office, session.account, passphrase, items)
    except LoginRefused as refused:
        _ = site.translate(request)
        problem = _("Kata sandi salah, jadi belum ada yang ditandatangani. Ketik kata sandi Anda lagi.")
        if isinstance(refused, LockedOut):
            problem = _(str(refused))
        return _confirm(request, site, session.account, items, status=401, error=problem)
    return RedirectResponse(f"/kantor/tanda-tangan/{batch}", 303)


def _chosen(form: FormData) -> list[tuple[UUID, str]]:
    """Read the ticked ``id:digest`` pairs; what is malformed is left out."""
    found: list[tuple[UUID, str]] = []
    for value in form.getlist("izin"):
        permit_id, _, digest = str(value).partition(":")
        try:
            found.append((UUID(permit_id), digest[:64]))
        except ValueError:
            continue
    return found


@router.get("/{batch_id}")
def progress(request: Request, session: Person, batch_id: UUID) -> Response:
    """Show how far a batch is; with scripts the page follows by itself."""
    site = site_of(request)
    batch = sign.progress(site.office, session.account, batch_id)
    return site.page(request, "progress.html", batch=batch)


@router.get("/{batch_id}/kemajuan")
def fragment(request: Request, session: Person, batch_id: UUID) -> Response:
    """The part of that page which changes."""
    site = site_of(request)
    batch = sign.progress(site.office, session.account, batch_id)
    return site.page(request, "progress_part.html", batch=batch)
