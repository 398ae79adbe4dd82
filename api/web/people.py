"""Who works here, what was done, and what did not succeed: for admin and auditor."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.web.errors import PageRoute
from api.web.guard import Person
from api.web.site import site_of
from office import accounts, find

router = APIRouter(route_class=PageRoute, include_in_schema=False, prefix="/kantor")
AUDIT_ROWS = 200


@router.get("/akun")
def people(request: Request, session: Person) -> Response:
    """List the accounts."""
    site = site_of(request)
    return site.page(request, "people.html", people=accounts.people(site.office, session.account))


@router.get("/jejak")
def audit(request: Request, session: Person) -> Response:
    """Show the newest rows of the audit log."""
    site = site_of(request)
    rows = accounts.audit_rows(site.office, session.account, AUDIT_ROWS)
    return site.page(request, "audit.html", rows=rows)


@router.get("/kegagalan")
def failures(request: Request, session: Person) -> Response:
    """List the work that has not succeeded yet, each with its reason."""
    site = site_of(request)
    return site.page(request, "failures.html", failures=find.failures(site.office, session.account))
