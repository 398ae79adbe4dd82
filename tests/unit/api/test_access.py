"""The outermost layer answers whatever happens, and its log names nobody."""

from __future__ import annotations

import asyncio
import logging

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import Observe, route_of

SECRET = "7QYK3M5XA2J4N6P7R5T2V3W4X5"


class Counted:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str, int]] = []

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        assert seconds >= 0
        self.seen.append((method, route, status))


def ask(app: ASGIApp, method: str = "GET") -> tuple[list[Message], Counted]:
    sent: list[Message] = []
    counted = Counted()

    def refuse(_: Request, error: Exception) -> Response:
        return PlainTextResponse(type(error).__name__, 500)

    async def run() -> None:
        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        scope: Scope = {"type": "http", "method": method, "path": f"/v/{SECRET}", "query_string": b"nik=3171"}
        scope |= {"client": ("192.0.2.7", 1), "headers": []}
        await Observe(app, counted, refuse)(scope, receive, send)

    asyncio.run(run())
    return sent, counted


def test_a_request_gets_an_id_and_is_counted_by_its_template(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = type("Route", (), {"path": "/v/{token}"})()
        await PlainTextResponse("ok")(scope, receive, send)

    with caplog.at_level(logging.INFO):
        sent, counted = ask(app)
    assert counted.seen == [("GET", "/v/{token}", 200)]
    request_id = dict(sent[0]["headers"])[b"x-request-id"].decode()
    assert request_id in caplog.text
    for private in (SECRET, "192.0.2.7", "3171"):
        assert private not in caplog.text


def test_an_unforeseen_error_is_answered_and_logged_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("Key (nik)=(" + "31" * 8 + ") already exists")

    sent, counted = ask(app)
    assert sent[0]["status"] == 500
    assert counted.seen == [("GET", "-", 500)]
    assert "ValueError" in caplog.text
    assert "test_access.py" in caplog.text
    assert "31" * 8 not in caplog.text


def test_a_visitor_who_left_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ClientDisconnect

    sent, counted = ask(app)
    assert not sent
    assert counted.seen == [("GET", "-", 499)]
    assert not [r for r in caplog.records if r.levelno >= logging.ERROR]


def test_an_error_after_the_answer_began_sends_no_second_one() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError

    sent, counted = ask(app)
    assert [m["type"] for m in sent] == ["http.response.start"]
    assert counted.seen[0][2] == 200


def test_made_up_methods_do_not_multiply_the_counters() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("no", 405)(scope, receive, send)

    assert ask(app, method="BREW")[1].seen == [("OTHER", "-", 405)]


def test_without_a_route_the_path_is_not_told() -> None:
    assert route_of({"type": "http", "path": f"/v/{SECRET}"}) == "-"
