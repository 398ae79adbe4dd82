"""Who is asking, of the JSON interface: an API key within its scopes, or a session with its CSRF token."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from api.errors import ForeignRequest, NotAuthenticated, ScopeMissing
from api.keys import key_of
from api.metrics import Metrics
from api.scopes import Scope
from api.web.guard import SESSION_COOKIE, current_session
from office.accounts import Account, Session, find_account
from office.context import Office

CSRF_HEADER = "X-CSRF-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER = HTTPBearer(
    auto_error=False, scheme_name="ApiKey", description="An API key: `Authorization: Bearer sahih_…`."
)
_COOKIE = APIKeyCookie(
    name=SESSION_COOKIE,
    auto_error=False,
    scheme_name="Session",
    description=f"The cookie of a login; requests that change something also carry `{CSRF_HEADER}`.",
)


@dataclass(frozen=True)
class Caller:
    """A person, or a program acting as one. ``scopes`` None: a session, bound by the role alone."""

    account: Account
    scopes: frozenset[Scope] | None = None


def office_of(request: Request) -> Office:
    """Return the office that this application serves."""
    return cast("Office", request.app.state.office)


def metrics_of(request: Request) -> Metrics:
    """Return this process's counters."""
    return cast("Metrics", request.app.state.metrics)


OfficeDep = Annotated[Office, Depends(office_of)]
MetricsDep = Annotated[Metrics, Depends(metrics_of)]


def caller(
    request: Request,
    office: OfficeDep,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    _cookie: Annotated[str | None, Depends(_COOKIE)],
) -> Caller:
    """Return who asks. A key that is sent must hold: there is no falling back to a cookie beside it.

    Raises:
        NotAuthenticated: neither key nor session, or one that does not hold.
        ForeignRequest: a session's request that changes something, without its CSRF token.
    """
    if "authorization" in request.headers:
        return _by_key(office, bearer.credentials if bearer else "")
    return Caller(person(request, _cookie).account)


def person(request: Request, _cookie: Annotated[str | None, Depends(_COOKIE)]) -> Session:
    """Return the session of a person.

    Raises:
        NotAuthenticated: there is none that holds.
        ForeignRequest: the request changes something and lacks the session's CSRF token.
    """
    session = current_session(request)
    if session is None:
        raise NotAuthenticated
    sent = request.headers.get(CSRF_HEADER, "")
    if request.method not in _SAFE and not hmac.compare_digest(sent.encode(), session.csrf.encode()):
        raise ForeignRequest
    return session


Person = Annotated[Session, Depends(person)]


def _by_key(office: Office, secret: str) -> Caller:
    key = key_of(office, secret)
    account = find_account(office, key.username) if key else None
    if key is None or account is None:
        raise NotAuthenticated
    return Caller(account, key.scopes)


def needs(scope: Scope) -> Callable[[Caller], Account]:
    """Return a dependency that gives the account of a caller who has ``scope``."""

    def check(who: Annotated[Caller, Depends(caller)]) -> Account:
        if who.scopes is not None and scope not in who.scopes:
            raise ScopeMissing(scope.value)
        return who.account

    return check


Drafter = Annotated[Account, Depends(needs(Scope.DRAFT))]
Submitter = Annotated[Account, Depends(needs(Scope.SUBMIT))]
Reader = Annotated[Account, Depends(needs(Scope.READ))]
Revoker = Annotated[Account, Depends(needs(Scope.REVOKE))]
