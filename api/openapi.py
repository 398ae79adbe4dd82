"""The description of the JSON interface, every problem that can be answered included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.problems import MEDIA_TYPE
from api.replies import Problem

_MEANINGS: Mapping[int, str] = {
    400: "The request cannot be read.",
    401: "No key, session or passphrase that holds.",
    403: "The key's scopes or the person's role do not allow it.",
    404: "No such thing, or none that the caller may see.",
    409: "Someone else changed it, or its state does not allow the step.",
    413: "The body is over the limit.",
    422: "Some fields are wrong; `errors` names them.",
    429: "Too many requests; `Retry-After` says when to come again.",
    500: "A fault of ours; `instance` names the request.",
    503: "A part does not answer or is full; `Retry-After` says when to come again.",
}
_ANYWHERE = (400, 413, 422, 429, 500, 503)
_STAFF = (401, 403)
DESCRIPTION = """
Draft, submit, sign, revoke, find and prove permits.

Verification and permit types are open to everyone. All else asks for an API key
(`Authorization: Bearer sahih_…`) or a session's cookie; with a cookie, whatever changes something also
carries `X-CSRF-Token`. A key acts as one person of the office, within its scopes, and never signs: signing
asks for the person's own passphrase.

Errors are problems (RFC 9457) with stable `type` URIs; titles and details are in Indonesian. Times are
RFC 3339 in UTC; days are calendar days of the office.
"""

Responses = dict[int | str, dict[str, Any]]


def public(*more: int) -> Responses:
    """Return the problems of a route that anyone may ask."""
    return {status: {"description": _MEANINGS[status]} for status in sorted({*_ANYWHERE, *more})}


def staff(*more: int) -> Responses:
    """Return the problems of a route for the office's people and programs."""
    return public(*_STAFF, *more)


def file(media_type: str, description: str) -> Responses:
    """Return the declaration of an answer that is a file."""
    schema = {"type": "string", "contentMediaType": media_type}
    return {200: {"description": description, "content": {media_type: {"schema": schema}}}}


def operation_id(route: APIRoute) -> str:
    """Name an operation for programs that are made from the description: noun and verb."""
    return "_".join([*map(str, route.tags[:1]), route.name])


class SahihApp(FastAPI):
    """FastAPI, with problems as the media type of every error in its description."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document; made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _with_problems(super().openapi())
        return self.openapi_schema


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    response["content"] = content
    return document
