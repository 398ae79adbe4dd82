"""``/verifikasi``: bring any PDF, get a verdict with a line for each question."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, File, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.web import format as fmt
from api.web.errors import PageRoute
from api.web.guard import current_session
from api.web.i18n import language_of
from api.web.public import PRIVATE
from api.web.site import site_of
from api.web.verdicts import ICONS, headline_of_file, lines, reasons
from esign.codes import CODES
from office import check

router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(current_session)])


@router.get("/verifikasi")
def ask(request: Request) -> Response:
    """Show the form."""
    return site_of(request).page(request, "upload.html", headers=PRIVATE, error=None)


@router.post("/verifikasi")
async def answer(request: Request, berkas: Annotated[UploadFile | str | None, File()] = None) -> Response:
    """Judge the file that was brought; it is not kept."""
    site, language = site_of(request), language_of(request)
    _ = site.translate(request)
    # A browser sends an empty part where no file was chosen.
    content = b"" if berkas is None or isinstance(berkas, str) else await berkas.read(site.upload_limit + 1)
    error = None
    if not content:
        error = _("Pilih berkas PDF yang ingin diperiksa. Berkas kosong tidak dapat diperiksa.")
    elif len(content) > site.upload_limit:
        error = _("Berkas ini lebih besar dari %(size)s. Kirim berkas PDF izinnya saja.") % {
            "size": fmt.size(site.upload_limit, language)
        }
    if error or berkas is None or isinstance(berkas, str):
        return site.page(request, "upload.html", status=422, headers=PRIVATE, error=error)
    name = (berkas.filename or "dokumen.pdf")[:120]
    checked = await run_in_threadpool(check.by_upload, site.office, content, name)
    status = checked.permit.status if checked.permit else None
    moment = partial(fmt.moment, zone=site.office.profile.timezone, language=language)
    return site.page(
        request,
        "checked.html",
        headers=PRIVATE,
        checked=checked,
        verdict=checked.verdict,
        answer=checked.answer,
        headline=headline_of_file(_, checked.verdict, status),
        lines=lines(_, checked.verdict, status, moment),
        icons=ICONS,
        reasons=reasons(CODES, checked.verdict.codes, language),
    )
