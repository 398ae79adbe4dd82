"""The outermost layer: every request gets an id, is timed, counted, logged, and never ends in a traceback.

The log holds no personal data: no address, no query, no token; the route's template stands for the path.
"""

from __future__ import annotations

import logging
import secrets
import time
import traceback
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.limits import Refuse
from api.metrics import Metrics

access_log = logging.getLogger("sahih.access")
error_log = logging.getLogger("sahih.error")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE = "-"


class Observe:
    """Middleware: request id, timing, metrics, access log, and the last word on an unexpected error."""

    def __init__(self, app: ASGIApp, metrics: Metrics, refuse: Refuse) -> None:
        self.app, self._metrics, self._refuse = app, metrics, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note what came of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, began, status = secrets.token_hex(8), time.perf_counter(), 0
        scope.setdefault("state", {})["request_id"] = request_id

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except ClientDisconnect:
            status = status or 499  # nobody is there to be answered
        except Exception as error:  # noqa: BLE001 - the boundary: whatever it was, people get a calm answer
            _log_fault(request_id, error)
            if not status:
                await self._refuse(Request(scope), error)(scope, receive, noted)
        finally:
            self._note(scope, request_id, status, time.perf_counter() - began)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route = route_of(scope)
        self._metrics.request(method, route, status, seconds)
        access_log.info("%s %s %d %.1f ms %s", method, route, status, seconds * 1000, request_id)


def route_of(scope: Scope) -> str:
    """Return the template of the route that answered, such as ``/v/{token}``; "-" where none did."""
    context: Any = scope.get("fastapi", {}).get("effective_route_context")
    return str(getattr(context, "path", None) or getattr(scope.get("route"), "path", None) or NO_ROUTE)


def _log_fault(request_id: str, error: Exception) -> None:
    # Frames and class only: an error's text may quote what was typed, and that may be a person's data.
    frames = "".join(traceback.format_tb(error.__traceback__))
    error_log.error(
        "request %s: %s.%s\n%s", request_id, type(error).__module__, type(error).__qualname__, frames
    )
