"""Sessions of people over JSON: the same cookie as the pages', and the CSRF token that goes with it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from api.auth import OfficeDep, Person
from api.errors import NotAuthenticated
from api.openapi import public, staff
from api.replies import SessionReply
from api.schemas import LoginRequest
from api.web.guard import SESSION_COOKIE, cookie_name, drop_cookie, set_cookie
from api.web.site import Site, site_of
from office import accounts

router = APIRouter(prefix="/session", tags=["session"])
SiteDep = Annotated[Site, Depends(site_of)]


@router.post("", status_code=201, responses=public(401))
def login(
    office: OfficeDep, site: SiteDep, request: Request, response: Response, body: LoginRequest
) -> SessionReply:
    """Log a person in: sets the session's cookie and returns its CSRF token."""
    address = request.client.host if request.client else None
    token, _ = accounts.login(office, body.username, body.passphrase, address)
    opened = accounts.session(office, token)
    if opened is None:  # ended between the two: as good as not logged in
        raise NotAuthenticated
    set_cookie(site, response, SESSION_COOKIE, token, int(accounts.SESSION_TIME.total_seconds()))
    return _reply(opened)


@router.get("", responses=staff())
def current(session: Person) -> SessionReply:
    """Tell who is logged in, and the session's CSRF token."""
    return _reply(session)


@router.delete("", status_code=204, responses=staff(), response_class=Response)
def logout(office: OfficeDep, site: SiteDep, request: Request, _: Person) -> Response:
    """End the session."""
    accounts.logout(office, request.cookies.get(cookie_name(site, SESSION_COOKIE), ""))
    response = Response(status_code=204)
    drop_cookie(site, response, SESSION_COOKIE)
    return response


def _reply(session: accounts.Session) -> SessionReply:
    who = session.account
    return SessionReply(
        username=who.username,
        name=who.name,
        role=who.role,
        csrf=session.csrf,
        expires_at=session.expires_at,
    )
