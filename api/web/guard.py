"""Who is asking, and is it really their form: session cookie, CSRF tokens, local redirects.

A form of a session carries the session's own token. The login form has no session yet: it carries the
value of a signed cookie (double submit). The public check of a PDF changes nothing and rests on no
identity, so it needs none and works with cookies off.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from api.web.site import Site, site_of
from office import accounts
from office.accounts import Session

SESSION_COOKIE = "sahih_sesi"
FORM_COOKIE = "sahih_formulir"
FORM_FIELD = "csrf"


class LoginNeeded(Exception):
    """The page is for people of the office, and nobody is logged in."""

    def __init__(self, wanted: str) -> None:
        super().__init__("login needed")
        self.wanted = wanted


class ForeignForm(Exception):
    """A form without the right token: too old, or made by someone else."""


def cookie_name(site: Site, name: str) -> str:
    """Return the name under which a cookie is kept: over https the browser itself guards its origin."""
    return f"__Host-{name}" if site.secure else name


def set_cookie(site: Site, response: Response, name: str, value: str, max_age_s: int | None = None) -> None:
    """Keep a secret with the browser: no script reads it, no other site's form sends it."""
    response.set_cookie(
        cookie_name(site, name),
        value,
        max_age=max_age_s,
        path="/",
        secure=site.secure,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(site: Site, response: Response, name: str) -> None:
    """Make the browser forget a cookie."""
    response.delete_cookie(
        cookie_name(site, name), path="/", secure=site.secure, httponly=True, samesite="lax"
    )


def current_session(request: Request) -> Session | None:
    """Return the visitor's session, if there is one; templates see it too."""
    site = site_of(request)
    token = request.cookies.get(cookie_name(site, SESSION_COOKIE))
    session = accounts.session(site.office, token) if token else None
    request.state.session = session
    return session


Visitor = Annotated[Session | None, Depends(current_session)]


def signed_in(request: Request, session: Visitor) -> Session:
    """Return the session, or send the visitor to the login page.

    Raises:
        LoginNeeded: nobody is logged in.
    """
    if session is None:
        wanted = request.url.path if request.method == "GET" else "/kantor"
        raise LoginNeeded(
            wanted + (f"?{request.url.query}" if request.method == "GET" and request.url.query else "")
        )
    return session


Person = Annotated[Session, Depends(signed_in)]


async def session_form(request: Request, session: Person) -> FormData:
    """Return the posted form of a session, once its token fits.

    Raises:
        ForeignForm: the token is missing or another's.
    """
    form = await request.form(max_files=1, max_fields=2000)
    if not _same(str(form.get(FORM_FIELD, "")), session.csrf):
        raise ForeignForm
    return form


PostedForm = Annotated[FormData, Depends(session_form)]


def form_token(request: Request) -> str:
    """Return the visitor's form token: the one of the cookie, or a new one."""
    site = site_of(request)
    kept = request.cookies.get(cookie_name(site, FORM_COOKIE), "")
    return kept if _ours(site, kept) else _signed(site, secrets.token_urlsafe(24))


async def visitor_form(request: Request) -> FormData:
    """Return the posted form of a visitor without a session, once cookie and field agree.

    Raises:
        ForeignForm: they do not, or we did not make them.
    """
    site = site_of(request)
    form = await request.form(max_files=0, max_fields=20)
    kept = request.cookies.get(cookie_name(site, FORM_COOKIE), "")
    if not (_ours(site, kept) and _same(str(form.get(FORM_FIELD, "")), kept)):
        raise ForeignForm
    return form


VisitorForm = Annotated[FormData, Depends(visitor_form)]


def local_path(wanted: str, otherwise: str) -> str:
    """Return ``wanted`` if it is a path on this site, so that no link can lead people elsewhere."""
    plain = wanted.startswith("/") and not wanted.startswith("//")
    if not plain or "\\" in wanted or any(ord(c) < 0x21 for c in wanted):
        return otherwise
    return wanted


def login_address(wanted: str) -> str:
    """Return the login page's address, which remembers where to go on."""
    return f"/masuk?ke={quote(wanted, safe='')}"


def _signed(site: Site, nonce: str) -> str:
    return f"{nonce}.{hmac.new(site.key, nonce.encode(), hashlib.sha256).hexdigest()}"


def _ours(site: Site, value: str) -> bool:
    nonce, dot, _ = value.partition(".")
    return bool(dot) and _same(value, _signed(site, nonce))


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
