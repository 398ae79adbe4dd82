"""Logging in and out."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.web.errors import PageRoute
from api.web.guard import (
    FORM_COOKIE,
    SESSION_COOKIE,
    Visitor,
    VisitorForm,
    cookie_name,
    drop_cookie,
    form_token,
    local_path,
    session_form,
    set_cookie,
)
from api.web.site import site_of
from office import accounts
from office.errors import LoginRefused

router = APIRouter(route_class=PageRoute, include_in_schema=False)
HOME = "/kantor"


@router.get("/masuk")
def ask(request: Request, session: Visitor, ke: str = HOME) -> Response:
    """Show the login form."""
    wanted = local_path(ke, HOME)
    if session:
        return RedirectResponse(wanted, 303)
    return _form(request, wanted)


def _form(request: Request, wanted: str, status: int = 200, error: str = "", name: str = "") -> Response:
    site, token = site_of(request), form_token(request)
    answer = site.page(
        request,
        "login.html",
        status=status,
        csrf=token,
        wanted=wanted,
        error=error,
        name=name,
        return_to="/masuk",
    )
    set_cookie(site, answer, FORM_COOKIE, token)
    return answer


@router.post("/masuk")
def login(request: Request, form: VisitorForm) -> Response:
    """Open a session; a refusal never says whether the name or the passphrase is wrong."""
    site = site_of(request)
    name, wanted = str(form.get("nama", ""))[:64].strip(), local_path(str(form.get("ke", "")), HOME)
    try:
        token, _ = accounts.login(
            site.office,
            name,
            str(form.get("sandi", ""))[:1024],
            request.client.host if request.client else None,
        )
    except LoginRefused as refused:
        return _form(request, wanted, status=401, error=site.translate(request)(str(refused)), name=name)
    answer = RedirectResponse(wanted, 303)
    set_cookie(site, answer, SESSION_COOKIE, token, int(accounts.SESSION_TIME.total_seconds()))
    drop_cookie(site, answer, FORM_COOKIE)
    return answer


@router.post("/keluar", dependencies=[Depends(session_form)])
def logout(request: Request) -> Response:
    """End the session."""
    site = site_of(request)
    accounts.logout(site.office, request.cookies.get(cookie_name(site, SESSION_COOKIE), ""))
    answer = RedirectResponse("/masuk", 303)
    drop_cookie(site, answer, SESSION_COOKIE)
    return answer
