"""The roles of Sahih as children: each ``sahih ROLE`` on the same data folder."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import httpx

from api.desk import SocketDesk
from api.embedded.child import Part
from office.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from api.settings import Settings

_WORKER_NICE = 10


def waves(settings: Settings, authority: bool) -> tuple[list[Part], list[Part]]:
    """Return the roles: those that others lean on, then the others.

    Args:
        settings: of this run.
        authority: whether the trial authority's services are ours to run.
    """
    socket = settings.signer_socket or settings.data / "run" / "signer.sock"
    # What was chosen for this run stands above what the user's environment wished for.
    env = {"SAHIH_HOST": settings.host, "SAHIH_PORT": str(settings.port), "SAHIH_DATA": str(settings.data)}

    def role(name: str, ready: Callable[[], bool], nice: int = 0) -> Part:
        command = (sys.executable, "-m", "api.cli", name, "--data", str(settings.data))
        return Part(name=name, command=command, ready=ready, env=env, nice=nice)

    services = [role("authority", partial(_serves, f"{settings.authority_url}/healthz"))] if authority else []
    # The one that takes longest first.
    others = [
        role("web", partial(_serves, f"{settings.web_url}/readyz")),
        role("signer", partial(_pings, socket)),
        role("worker", partial(bool, True), nice=_WORKER_NICE),
    ]
    return services, others


def _serves(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _pings(socket: Path) -> bool:
    try:
        SocketDesk(socket).ping()
    except Unavailable:
        return False
    return True
