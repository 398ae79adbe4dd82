"""The JSON interface, one file a noun."""

from __future__ import annotations

from fastapi import APIRouter


def router() -> APIRouter:
    """Return all of ``/api/v1``."""
    from api.routes import find, permits, signings, types, verify

    whole = APIRouter(prefix="/api/v1")
    for noun in (types, verify, permits, signings, find):
        whole.include_router(noun.router)
    return whole
