"""Which port each part listens on: kept over restarts, another one where it was taken meanwhile.

The range ends below the kernel's own choice for outgoing connections (32768), so that no connection of ours
or of anyone else sits by chance on a port that a part wants back.
"""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterable
from pathlib import Path

from api.embedded.errors import PortTaken
from api.embedded.folder import write_whole

LOOPBACK = "127.0.0.1"
GRPC = 10_000
"""SeaweedFS looks for the gRPC twin of a port that far above it."""
_RANGE = range(10_000, 20_000)
_NEIGHBOURS = 100


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Tell whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def wished(port: int, host: str = LOOPBACK) -> int:
    """Return ``port`` if it is free, else a free one near it; for 0 any.

    Raises:
        PortTaken: none of the neighbours is free either, or the address is not this machine's.
    """
    near = range(port, min(port + _NEIGHBOURS, 65_536)) if port else random.sample(_RANGE, _NEIGHBOURS)
    for candidate in near:
        if is_free(candidate, host):
            return candidate
    raise PortTaken(f"Tidak ada port bebas di dekat {port} pada {host}. Pilih yang lain dengan --port.")


def assign(names: Iterable[str], memory: Path) -> dict[str, int]:
    """Give each name a port whose twin (``GRPC`` above) is free too, the one of last time if it is.

    Args:
        names: the parts' names.
        memory: the JSON file that remembers; rewritten when something changed.
    """
    remembered = _read(memory)
    ports: dict[str, int] = {}
    for name in names:
        port = remembered.get(name)
        if port is None or port in ports.values() or not _free_pair(port):
            port = next(
                p for p in random.sample(_RANGE, len(_RANGE)) if p not in ports.values() and _free_pair(p)
            )
        ports[name] = port
    if remembered | ports != remembered:
        write_whole(memory, json.dumps(remembered | ports, indent=1))
    return ports


def _free_pair(port: int) -> bool:
    return is_free(port) and is_free(port + GRPC)


def _read(memory: Path) -> dict[str, int]:
    try:
        rows = json.loads(memory.read_text())
    except (OSError, ValueError):
        return {}
    return {str(k): v for k, v in rows.items() if isinstance(v, int)} if isinstance(rows, dict) else {}
