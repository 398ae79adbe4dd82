"""The trial authority's services over HTTP, a plain ASGI application.

POST /tsa               time stamps (RFC 3161, 3.4)
POST /ocsp, GET /ocsp/… certificate status (RFC 6960, appendix A)
GET  /crl/NAME.crl      revocation lists of ``root`` and ``issuing``, made fresh
GET  /ca/NAME.cer       their certificates
GET  /healthz           200 once the keys are loaded
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from certs.authority import check_complete, load_key
from certs.stamper import Stamper
from certs.status import StatusDesk

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
Answer = tuple[int, str, bytes]

_LARGEST_BODY = 16 * 1024
_NOT_FOUND: Answer = (404, "text/plain", b"tidak ada\n")
_BAD_REQUEST: Answer = (400, "text/plain", b"permintaan tidak dapat dibaca\n")


def services(folder: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> App:
    """The application over the authority in ``folder``; keys are loaded once, here.

    Raises:
        AuthorityError: the folder is incomplete or damaged.
    """
    check_complete(folder)
    stamper, desk = Stamper(load_key(folder, "tsa")), StatusDesk(folder, clock)

    def post(path: str, body: bytes) -> Answer:
        if path == "/tsa":
            return 200, "application/timestamp-reply", stamper.reply(body, clock())
        if path == "/ocsp":
            return 200, "application/ocsp-response", desk.ocsp(body)
        return _NOT_FOUND

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            method, path = scope["method"], scope["path"]
            if method in {"GET", "HEAD"}:
                raw = scope.get("raw_path") or path.encode()
                await _respond(send, _get(desk, path, raw.decode("ascii", "replace")), method == "GET")
            elif method == "POST":
                body = await _read_body(receive)
                await _respond(send, (413, "text/plain", b"") if body is None else post(path, body))
            else:
                await _respond(send, (405, "text/plain", b""))

    return app


def _get(desk: StatusDesk, path: str, raw_path: str) -> Answer:
    folder, _, name = path[1:].partition("/")
    found: bytes | None = None
    kind = "text/plain"
    if path == "/healthz":
        found = b"ok\n"
    elif folder == "crl" and name.endswith(".crl"):
        found, kind = desk.crl(name.removesuffix(".crl")), "application/pkix-crl"
    elif folder == "ca" and name.endswith(".cer"):
        found, kind = desk.certificate(name.removesuffix(".cer")), "application/pkix-cert"
    elif folder == "ocsp":
        try:
            request = base64.b64decode(unquote(raw_path.partition("/ocsp/")[2]), validate=True)
        except (ValueError, binascii.Error):
            return _BAD_REQUEST
        found, kind = desk.ocsp(request), "application/ocsp-response"
    return _NOT_FOUND if found is None else (200, kind, found)


async def _read_body(receive: Receive) -> bytes | None:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > _LARGEST_BODY:
            return None
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return body


async def _respond(send: Send, answer: Answer, with_body: bool = True) -> None:
    status, kind, body = answer
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body if with_body else b""})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
