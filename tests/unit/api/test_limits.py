"""Nobody gets more than their share, and a refusal is cheap."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from api.errors import Busy, TooLarge, TooMany
from api.limits import BodyLimit, Buckets, Limits, Rate, Throttle, address_key, kind_of


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_granted_then_the_rate() -> None:
    clock = Clock()
    buckets = Buckets(Rate(3, 60), clock)
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 0]
    assert buckets.take("a") == pytest.approx(1.0)
    clock.now += 0.5
    assert buckets.take("a") == pytest.approx(0.5)
    clock.now += 0.5
    assert buckets.take("a") == 0


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    clock = Clock()
    buckets = Buckets(Rate(2, 60), clock)
    buckets.take("a")
    clock.now += 3600
    assert [buckets.take("a") > 0 for _ in range(3)] == [False, False, True]


def test_keys_do_not_share() -> None:
    buckets = Buckets(Rate(1, 1), Clock())
    assert buckets.take("a") == 0
    assert buckets.take("b") == 0
    assert buckets.take("a") > 0


def test_memory_is_bounded_by_forgetting_whoever_asked_longest_ago() -> None:
    buckets = Buckets(Rate(1, 1), Clock(), size=2)
    for key in ("a", "b", "a", "c"):
        buckets.take(key)
    assert buckets.take("a") > 0, "asked lately: remembered"
    assert buckets.take("b") == 0, "asked longest ago: forgotten"


def test_threads_together_get_no_more_than_the_burst() -> None:
    buckets, granted = Buckets(Rate(50, 0.001), Clock()), []
    threads = [
        threading.Thread(target=lambda: granted.extend(buckets.take("a") == 0 for _ in range(40)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 50


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/static/app.css", ""),
        ("GET", "/healthz", ""),
        ("GET", "/v/ABC", "lookup"),
        ("GET", "/V/ABC/unduh", "lookup"),
        ("GET", "/api/v1/verify/ABC", "lookup"),
        ("POST", "/periksa", "lookup"),
        ("POST", "/api/v1/verify", "upload"),
        ("POST", "/api/v1/verify/", "upload"),
        ("POST", "/verifikasi", "upload"),
        ("GET", "/verifikasi", "anything"),
        ("POST", "/masuk", "login"),
        ("POST", "/api/v1/signings", "login"),
        ("POST", "/kantor/tanda-tangan/mulai", "login"),
        ("GET", "/kantor", "anything"),
    ],
)
def test_each_address_falls_under_its_rate(method: str, path: str, kind: str) -> None:
    assert kind_of(method, path) == kind


def test_an_ipv6_network_is_one_visitor() -> None:
    assert address_key("2001:db8::1") == address_key("2001:db8::ffff")
    assert address_key("2001:db8::1") != address_key("2001:db8:0:1::1")
    assert address_key("192.0.2.1") != address_key("192.0.2.2")
    assert address_key("::1") == "::1"
    assert address_key("testclient") == "testclient"


class Server:
    """A small application behind the middlewares, driven by hand."""

    def __init__(self, limits: Limits) -> None:
        self.reached = 0
        self.refused: list[Exception] = []
        self.hold = asyncio.Event()
        self.hold.set()
        self.app = Throttle(BodyLimit(self._answer, limits, self._refuse), limits, self._refuse)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached += 1
        await self.hold.wait()
        body = await Request(scope, receive).body()
        await PlainTextResponse(str(len(body)))(scope, receive, send)

    def _refuse(self, _: Request, error: Exception) -> Response:
        self.refused.append(error)
        return PlainTextResponse("no", 429)

    async def ask(self, path: str, chunks: tuple[bytes, ...] = (b"",), **how: Any) -> int:
        headers = [(k.lower().encode(), v.encode()) for k, v in how.get("headers", {}).items()]
        scope = {"type": "http", "method": how.get("method", "GET"), "path": path, "headers": headers}
        scope["client"] = (how.get("address", "192.0.2.1"), 1)
        waiting = list(chunks)
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        return int(sent[0]["status"])


def test_an_address_over_its_rate_is_refused_and_another_is_not() -> None:
    async def run() -> None:
        server = Server(Limits(lookup=Rate(2, 1)))
        assert [await server.ask("/v/A") for _ in range(3)] == [200, 200, 429]
        assert isinstance(server.refused[0], TooMany)
        assert await server.ask("/v/A", address="192.0.2.9") == 200
        assert await server.ask("/healthz") == 200

    asyncio.run(run())


def test_a_key_over_its_rate_is_refused_wherever_it_comes_from() -> None:
    async def run() -> None:
        server, key = Server(Limits(anything=Rate(2, 1))), {"Authorization": "Bearer sahih_x"}
        asked = [await server.ask("/api/v1/permits", headers=key, address=f"192.0.2.{i}") for i in range(3)]
        assert asked == [200, 200, 429]

    asyncio.run(run())


def test_new_keys_do_not_widen_an_address_share() -> None:
    async def run() -> None:
        server = Server(Limits(anything=Rate(2, 1)))
        asked = [
            await server.ask("/api/v1/permits", headers={"Authorization": f"Bearer {i}"}) for i in range(3)
        ]
        assert asked == [200, 200, 429]

    asyncio.run(run())


def test_uploads_at_once_are_bounded_and_their_places_come_free() -> None:
    async def run() -> None:
        server = Server(Limits(uploads_at_once=2))
        server.hold.clear()
        under_way = [asyncio.create_task(server.ask("/verifikasi", method="POST")) for _ in range(2)]
        while server.reached < 2:
            await asyncio.sleep(0)
        await server.ask("/verifikasi", method="POST")
        assert isinstance(server.refused[0], Busy)
        assert await asyncio.wait_for(asyncio.gather(server.ask("/healthz"), _after(server)), 5)
        await asyncio.gather(*under_way)
        assert await server.ask("/verifikasi", method="POST") == 200

    async def _after(server: Server) -> None:
        server.hold.set()

    asyncio.run(run())


def test_a_body_declared_too_long_is_refused_unread() -> None:
    async def run() -> None:
        server = Server(Limits(body=10))
        await server.ask("/api/v1/permits", method="POST", headers={"Content-Length": "11"})
        assert isinstance(server.refused[0], TooLarge)
        assert server.reached == 0
        assert await server.ask("/api/v1/permits", (b"x" * 10,), method="POST") == 200

    asyncio.run(run())


def test_a_body_that_grows_too_long_is_cut() -> None:
    async def run() -> None:
        server = Server(Limits(body=10))
        with pytest.raises(HTTPException) as refused:
            await server.ask("/api/v1/permits", (b"x" * 6, b"x" * 6), method="POST")
        assert refused.value.status_code == 413

    asyncio.run(run())


def test_an_upload_may_be_longer_than_other_bodies() -> None:
    async def run() -> None:
        server = Server(Limits(body=10, upload_body=1000))
        assert await server.ask("/api/v1/verify", (b"x" * 900,), method="POST") == 200

    asyncio.run(run())
