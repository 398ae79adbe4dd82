"""The JSON interface, one file a noun."""

from __future__ import annotations

from fastapi import APIRouter


def router() -> APIRouter:
    """Return all of ``/api/v1``."""
    from api.routes import find, keys, permits, sessions, signings, types, verify

    whole = APIRouter(prefix="/api/v1")
    for noun in (types, verify, sessions, keys, permits, signings, find):
        whole.include_router(noun.router)
    return whole
