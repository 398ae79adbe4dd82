"""What people see when a step cannot be taken: a calm page that says what happened and what to do now."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.web.guard import ForeignForm, LoginNeeded, login_address
from api.web.i18n import N_
from api.web.site import site_of
from archive.errors import ArchiveError
from esign.errors import RenderError, SandboxError
from office.errors import BadReason, Conflict, NotAllowed, NotFound, Unavailable
from permits.errors import InvalidFacts, LifecycleError, UnknownType
from search.errors import SearchError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


_NOT_FOUND = N_("Halaman atau berkas tidak ditemukan")
_CHECK_ADDRESS = N_("Periksa kembali alamatnya. Bila Anda mengikuti tautan, mungkin tautannya sudah berubah.")
_BUSY = N_("Layanan sedang sibuk")
_AGAIN = N_("Tidak ada yang hilang. Coba lagi sebentar lagi.")

# Error class -> status, title, what to do. None: the error's own sentence, which is written for people.
_PAGES: tuple[tuple[type[Exception], int, str, str | None], ...] = (
    (
        ForeignForm,
        403,
        N_("Formulir ini sudah kedaluwarsa"),
        N_(
            "Demi keamanan, formulir tidak diproses. Kembali ke halaman sebelumnya, "
            "muat ulang, lalu kirim lagi."
        ),
    ),
    (NotAllowed, 403, N_("Anda tidak berwenang membuka halaman ini"), None),
    (NotFound, 404, _NOT_FOUND, None),
    (UnknownType, 404, _NOT_FOUND, None),
    (RequestValidationError, 404, _NOT_FOUND, _CHECK_ADDRESS),
    (Conflict, 409, N_("Keadaan izin sudah berubah"), None),
    (LifecycleError, 409, N_("Langkah ini tidak dapat dilakukan"), None),
    (BadReason, 422, N_("Alasan belum lengkap"), None),
    (InvalidFacts, 422, N_("Ada isian yang perlu diperbaiki"), None),
    (RenderError, 422, N_("Dokumen tidak dapat disusun"), None),
    (Unavailable, 503, _BUSY, None),
    (SandboxError, 503, _BUSY, _AGAIN),
    (SearchError, 503, N_("Pencarian sedang tidak dapat digunakan"), _AGAIN),
    (ArchiveError, 503, _BUSY, _AGAIN),
)
_HANDLED = tuple(kind for kind, *_ in _PAGES)


def render_error(request: Request, status: int, title: str, message: str) -> HTMLResponse:
    """Render an error page; ``title`` and ``message`` are Indonesian and translated where we can."""
    site = site_of(request)
    translate = site.translate(request)
    return site.page(
        request,
        "error.html",
        status=status,
        title=translate(title),
        message=translate(message),
        status_code=status,
    )


def page_for(request: Request, error: Exception) -> Response:
    """Return the page that tells of ``error``, one of the classes in the table above."""
    for kind, status, title, message in _PAGES:
        if isinstance(error, kind):
            return render_error(request, status, title, str(error) if message is None else message)
    raise error


def not_found(request: Request) -> HTMLResponse:
    """Return the page for an address that leads nowhere."""
    return render_error(request, 404, _NOT_FOUND, _CHECK_ADDRESS)


class PageRoute(APIRoute):
    """A route whose errors become pages for people, wherever the application is mounted."""

    def get_route_handler(self) -> Handler:
        """Wrap the handler: no login leads to the login page, known errors to their page."""
        original = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await original(request)
            except LoginNeeded as needed:
                return RedirectResponse(login_address(needed.wanted), 303)
            except HTTPException as error:
                if error.status_code != 404:
                    raise
                return not_found(request)
            except _HANDLED as error:
                return page_for(request, error)

        return handler
