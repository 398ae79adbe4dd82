"""Pages for everyone: the one question, and the verdict by QR or by number and token."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.web.errors import PageRoute, not_found
from api.web.guard import current_session, local_path
from api.web.i18n import COOKIE, COOKIE_AGE_S, LANGUAGES
from api.web.site import Site, site_of
from api.web.verdicts import Headline, headline_of_permit
from office import check

# A visitor who is logged in sees the way back to the office.
router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(current_session)])

# Verification pages are nobody's to index, and their address is a secret of who holds the paper.
PRIVATE = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer"}


# Our own pages show it in a frame, nobody else's may. A browser's PDF viewer needs inline styles.
FRAMED = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}


@router.get("/")
def home(request: Request) -> Response:
    """Ask the one question: three ways to check a permit."""
    return site_of(request).page(request, "home.html", errors={}, values={})


@router.post("/periksa")
def by_number(
    request: Request,
    nomor: Annotated[str, Form(max_length=200)] = "",
    kode: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Look a permit up by what is printed on it; both must fit, so there is nothing to enumerate."""
    site, values = site_of(request), {"nomor": nomor.strip(), "kode": kode.strip()}
    _ = site.translate(request)
    errors = {}
    if not values["nomor"]:
        errors["nomor"] = _("Ketik nomor izin, seperti tertulis di bawah judulnya.")
    if not values["kode"]:
        errors["kode"] = _("Ketik kode verifikasi, tertulis di dekat QR.")
    token = None if errors else check.by_number_and_token(site.office, values["nomor"], values["kode"])
    if token:
        return RedirectResponse(f"/v/{token}", 303)
    if not errors:
        errors["nomor"] = _("Nomor dan kode ini tidak cocok dengan izin mana pun. Periksa lagi ketikan Anda.")
    return site.page(request, "home.html", status=422, headers=PRIVATE, errors=errors, values=values)


@router.get("/v/{token}")
@router.get("/V/{token}")
def verdict(request: Request, token: str) -> Response:
    """Tell in one glance whether the permit behind a QR is genuine and in force."""
    site = site_of(request)
    _ = site.translate(request)
    answer = check.by_token(site.office, token)
    if answer is None:
        unknown = Headline(
            "unknown",
            "question",
            _("Izin ini TIDAK DIKENAL"),
            _("Kode ini tidak ada dalam catatan kantor kami."),
        )
        return site.page(request, "unknown.html", status=404, headers=PRIVATE, headline=unknown)
    return site.page(
        request, "verdict.html", headers=PRIVATE, headline=headline_of_permit(_, answer.status), answer=answer
    )


@router.get("/v/{token}/gambar.png")
@router.get("/V/{token}/gambar.png")
def picture(request: Request, token: str) -> Response:
    """Show the first page, to compare with the paper in hand."""
    site = site_of(request)
    png = check.picture(site.office, token)
    if png is None:
        return not_found(request)
    return Response(png, media_type="image/png", headers={**PRIVATE, "Cache-Control": "private, max-age=300"})


@router.get("/v/{token}/unduh")
@router.get("/V/{token}/unduh")
def download(request: Request, token: str) -> Response:
    """Give the newest version of the signed PDF."""
    site = site_of(request)
    found = check.download(site.office, token)
    if found is None:
        return not_found(request)
    return pdf_response(*found, attachment=True)


def pdf_response(name: str, content: bytes, *, attachment: bool = False) -> Response:
    """Return a PDF, shown in place or saved. ``name`` is made harmless for the header."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name)
    kind = "attachment" if attachment else "inline"
    return Response(
        content,
        media_type="application/pdf",
        headers={
            **PRIVATE,
            "Content-Disposition": f'{kind}; filename="{safe}"',
            "Cache-Control": "no-store",
            **FRAMED,
        },
    )


@router.post("/bahasa")
def language(
    request: Request,
    bahasa: Annotated[str, Form(max_length=10)] = "id",
    ke: Annotated[str, Form(max_length=500)] = "/",
) -> Response:
    """Remember the visitor's language."""
    site: Site = site_of(request)
    answer = RedirectResponse(local_path(ke, "/"), 303)
    chosen = bahasa if bahasa in LANGUAGES else "id"
    answer.set_cookie(
        COOKIE, chosen, max_age=COOKIE_AGE_S, path="/", secure=site.secure, httponly=True, samesite="lax"
    )
    return answer
