"""Is the process alive, and are the parts there that it needs? For supervisors and load balancers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait

from fastapi import APIRouter
from starlette.responses import JSONResponse

from api.errors import ApiError
from archive.errors import ArchiveError
from esign.errors import EsignError
from office.context import Office
from office.errors import OfficeError

PATIENCE_S = 2.0
_FRESH_S = 1.0
Probe = Callable[[], object]


class Readiness:
    """Asks every part at once, each for two seconds at most; an answer serves for a second.

    Args:
        probes: name of a part -> a call that raises where the part is not ready.
        clock: seconds, only ever growing.
    """

    def __init__(self, probes: Mapping[str, Probe], clock: Callable[[], float] = time.monotonic) -> None:
        self._probes, self._clock = dict(probes), clock
        self._pool = ThreadPoolExecutor(max_workers=2 * len(self._probes), thread_name_prefix="ready")
        self._lock = threading.Lock()
        self._answer: tuple[float, dict[str, bool]] = (float("-inf"), {})

    def parts(self) -> Mapping[str, bool]:
        """Return which part is ready."""
        with self._lock:
            then, answer = self._answer
            if self._clock() - then >= _FRESH_S:
                answer = self._ask()
                self._answer = (self._clock(), answer)
        return answer

    def close(self) -> None:
        """End the threads; a probe that hangs is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self) -> dict[str, bool]:
        asked = {name: self._pool.submit(_answers, probe) for name, probe in self._probes.items()}
        wait(asked.values(), timeout=PATIENCE_S)
        return {name: future.done() and future.result() for name, future in asked.items()}


def _answers(probe: Probe) -> bool:
    try:
        probe()
    except (ArchiveError, EsignError, OfficeError, ApiError, OSError):
        return False
    return True


def routes(readiness: Readiness) -> APIRouter:
    """Return ``/healthz`` (this process lives) and ``/readyz`` (so do the parts it needs)."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def alive() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @router.get("/readyz")
    def ready() -> JSONResponse:
        parts = readiness.parts()
        whole = all(parts.values())
        told = {
            "status": "ready" if whole else "not ready",
            "parts": {n: "ok" if ok else "failed" for n, ok in parts.items()},
        }
        return JSONResponse(told, 200 if whole else 503, None if whole else {"Retry-After": "2"})

    return router


def probes_of(office: Office) -> Mapping[str, Probe]:
    """Return how each part of the office is asked for a sign of life."""
    return {
        "database": office.database.ping,
        "objects": office.objects.ping,
        "sandbox": office.sandbox.ping,
        "signing": office.desk.ping,
    }
