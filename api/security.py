"""Headers that make a browser careful with what we send (OWASP Secure Headers, CSP level 3)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Nothing inline, nothing from elsewhere. 'wasm-unsafe-eval' is for the QR reader alone: it lets WebAssembly
# compile and leaves eval() forbidden. Frames: a PDF's preview stands in our own pages.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; worker-src 'self'; media-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'self'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
ALWAYS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), serial=(), midi=(), "
        "display-capture=(), browsing-topics=()"
    ),
}
# Two years (RFC 6797), as browsers' own lists ask for.
HSTS = "max-age=63072000; includeSubDomains"
_NOT_KEPT = ("text/html", "application/json", "application/problem+json", "application/pdf")


class SecurityHeaders:
    """Middleware: adds the headers that a route did not set itself.

    Args:
        https: whether the office is reached by https, so that browsers may be told to insist on it.
    """

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self.app, self._https = app, https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and dress its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, dressed)

    def _dress(self, headers: MutableHeaders) -> None:
        for name, value in ALWAYS.items():
            headers.setdefault(name, value)
        kind = headers.get("content-type", "").partition(";")[0].strip()
        data = kind.endswith("json")
        headers.setdefault("Content-Security-Policy", DATA_POLICY if data else PAGE_POLICY)
        headers.setdefault("X-Frame-Options", "DENY" if data else "SAMEORIGIN")
        if kind in _NOT_KEPT:
            headers.setdefault("Cache-Control", "no-store")
        if self._https:
            headers.setdefault("Strict-Transport-Security", HSTS)
