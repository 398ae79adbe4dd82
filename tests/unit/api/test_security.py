"""Every answer is dressed, and a route's own headers win."""

from __future__ import annotations

import asyncio

import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from api.security import PAGE_POLICY, SecurityHeaders


def dressed(response: Response, *, https: bool = False) -> dict[str, str]:
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await response(scope, receive, send)

    async def run() -> None:
        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await SecurityHeaders(app, https)({"type": "http", "method": "GET", "path": "/"}, receive, send)

    asyncio.run(run())
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def test_a_page_may_run_nothing_inline_and_load_nothing_from_elsewhere() -> None:
    policy = dressed(HTMLResponse("x"))["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert "http" not in policy
    assert "*" not in policy
    for part in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'self'", "form-action 'self'"):
        assert part in policy


def test_data_may_not_be_framed_at_all() -> None:
    headers = dressed(JSONResponse({}))
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "response", [HTMLResponse("x"), JSONResponse({}), Response(b"", media_type="image/png")]
)
def test_every_answer_is_dressed(response: Response) -> None:
    headers = dressed(response)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "microphone=()" in headers["permissions-policy"]


def test_https_is_insisted_on_only_where_the_office_has_it() -> None:
    assert "strict-transport-security" not in dressed(HTMLResponse("x"))
    assert (
        int(dressed(HTMLResponse("x"), https=True)["strict-transport-security"].split("=")[1].split(";")[0])
        > 31e6
    )


def test_what_may_hold_personal_data_is_not_kept_by_caches() -> None:
    for kind in ("text/html", "application/json", "application/problem+json", "application/pdf"):
        assert dressed(Response(b"", media_type=kind))["cache-control"] == "no-store"
    assert "cache-control" not in dressed(Response(b"", media_type="text/css"))


def test_a_route_has_the_last_word() -> None:
    own = {"Cache-Control": "private, max-age=300", "Content-Security-Policy": "default-src 'self'"}
    headers = dressed(HTMLResponse("x", headers=own))
    assert headers["cache-control"] == "private, max-age=300"
    assert headers["content-security-policy"] == "default-src 'self'"
    assert headers["content-security-policy"] != PAGE_POLICY
