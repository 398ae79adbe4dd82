"""How much anyone may ask for: requests by address and key, bytes a body, uploads at once.

Buckets live in one process: an office with several web processes allows as many times the rate.
"""

from __future__ import annotations

import hashlib
import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ApiError, Busy, TooLarge, TooMany

MIB = 1024 * 1024
Refuse = Callable[[Request, Exception], Response]


@dataclass(frozen=True)
class Rate:
    """``burst`` requests at once, then ``per_minute``."""

    burst: int
    per_minute: float


@dataclass(frozen=True)
class Limits:
    """The house's limits. Rates are for one address (an IPv6 /64 counts as one) or one API key.

    An office's people share an address behind their router, so the rates are theirs together.
    """

    anything: Rate = Rate(300, 1200)
    lookup: Rate = Rate(120, 240)
    upload: Rate = Rate(40, 60)
    login: Rate = Rate(60, 60)
    body: int = MIB
    upload_body: int = 30 * MIB
    uploads_at_once: int = 8


class Buckets:
    """Token buckets, one a key; the least recently used make room. Thread-safe.

    Args:
        rate: what one key may.
        clock: seconds, only ever growing.
        size: how many keys are remembered. Forgetting one gives it a full bucket.
    """

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic, size: int = 20_000) -> None:
        self._rate, self._clock, self._size = rate, clock, size
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> float:
        """Take one; returns 0.0, or the seconds after which one will be there."""
        per_second = self._rate.per_minute / 60
        with self._lock:
            now = self._clock()
            level, then = self._levels.pop(key, (float(self._rate.burst), now))
            level = min(float(self._rate.burst), level + (now - then) * per_second)
            granted = level >= 1
            self._levels[key] = (level - 1 if granted else level, now)
            if len(self._levels) > self._size:
                self._levels.popitem(last=False)
        return 0.0 if granted else (1 - level) / per_second


def kind_of(method: str, path: str) -> str:
    """Say which rate a request falls under: "" (none), "anything", "lookup", "upload" or "login"."""
    path = path.rstrip("/")
    if path.startswith("/static/") or path in {"/healthz", "/readyz", "/metrics", "/favicon.ico"}:
        return ""
    if method == "POST":
        if path in {"/api/v1/verify", "/verifikasi"}:
            return "upload"
        if path in {"/masuk", "/kantor/tanda-tangan/mulai", "/api/v1/session", "/api/v1/signings"}:
            return "login"
        if path == "/periksa":
            return "lookup"
    return "lookup" if path.startswith(("/v/", "/V/", "/api/v1/verify/")) else "anything"


def address_key(address: str) -> str:
    """Return what counts as one visitor: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4 or parsed.is_loopback:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)


class Throttle:
    """Middleware: 429 when an address or API key asks too often, 503 when too many uploads are under way.

    It decides before a byte of the body is read, so that a refused upload costs nothing.
    """

    def __init__(self, app: ASGIApp, limits: Limits, refuse: Refuse) -> None:
        self.app, self._limits, self._refuse = app, limits, refuse
        self._buckets = {
            "anything": Buckets(limits.anything),
            "lookup": Buckets(limits.lookup),
            "upload": Buckets(limits.upload),
            "login": Buckets(limits.login),
        }
        self._uploads = 0  # only the event loop's thread touches it

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        kind = kind_of(scope["method"], scope["path"]) if scope["type"] == "http" else ""
        if not kind:
            await self.app(scope, receive, send)
            return
        refused = self._check(scope, kind)
        if refused:
            await self._refuse(Request(scope), refused)(scope, receive, send)
            return
        if kind != "upload":
            await self.app(scope, receive, send)
            return
        self._uploads += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._uploads -= 1

    def _check(self, scope: Scope, kind: str) -> ApiError | None:
        buckets = self._buckets[kind]
        wait = buckets.take(address_key(scope["client"][0] if scope.get("client") else ""))
        credential = Headers(scope=scope).get("authorization")
        if not wait and credential:
            wait = buckets.take(hashlib.sha256(credential.encode()).hexdigest())
        if wait:
            return TooMany(wait)
        return Busy(2.0) if kind == "upload" and self._uploads >= self._limits.uploads_at_once else None


class BodyLimit:
    """Middleware: 413 for a body over the limit, at once when its length is declared, else when it passes."""

    def __init__(self, app: ASGIApp, limits: Limits, refuse: Refuse) -> None:
        self.app, self._limits, self._refuse = app, limits, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a counted body, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        upload = kind_of(scope["method"], scope["path"]) == "upload"
        # A multipart body is a little longer than the file in it.
        limit = self._limits.upload_body + 64 * 1024 if upload else self._limits.body
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            await self._refuse(Request(scope), TooLarge(limit))(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                # The one kind of error that FastAPI lets through while it reads a body.
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)
