"""The way to the signing service: a Unix socket, JSON lines. Both ends' words stand here."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from office.context import Signed, SigningDesk
from office.errors import LoginRefused, NotAllowed, Unavailable

ANSWER_SECONDS = 15.0
# One permit may wait behind a whole batch of another head of office, each retried: hours are not reached.
RESULT_SECONDS = 600.0
_REFUSALS = {"passphrase": LoginRefused, "not-allowed": NotAllowed}


def to_line(message: dict[str, Any]) -> bytes:
    """Return one message as it goes over the socket."""
    return json.dumps(message, ensure_ascii=False, default=str).encode() + b"\n"


def signed_to_json(result: Signed) -> dict[str, Any]:
    """Return a result as JSON holds it."""
    return asdict(result) | {"permit_id": str(result.permit_id)}


def signed_from_json(row: dict[str, Any]) -> Signed:
    """Return the result that ``signed_to_json`` wrote."""
    return Signed(**row | {"permit_id": UUID(row["permit_id"])})


class SocketDesk:
    """The signing desk behind a Unix socket that only the office's own user can open."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def sign(
        self, batch_id: UUID, username: str, passphrase: str, items: Sequence[tuple[UUID, str]]
    ) -> Iterator[Signed]:
        """Sign, and yield each result as it comes; see the port."""
        with self._accepted(batch_id, username, passphrase, items) as lines:
            for line in lines:
                message = json.loads(line)
                if message.get("end"):
                    return
                yield signed_from_json(message["result"])
        raise Unavailable(
            "Layanan tanda tangan berhenti di tengah jalan. Ulangi; yang sudah selesai tidak hilang."
        )

    def begin(
        self, batch_id: UUID, username: str, passphrase: str, items: Sequence[tuple[UUID, str]]
    ) -> None:
        """Hand the work over; see the port."""
        with self._accepted(batch_id, username, passphrase, items):
            return

    def ping(self) -> None:
        """Ask for a sign of life.

        Raises:
            Unavailable: there was none.
        """
        with self._opened({"op": "ping"}, 2.0):
            return

    @contextmanager
    def _accepted(
        self, batch_id: UUID, username: str, passphrase: str, items: Sequence[tuple[UUID, str]]
    ) -> Iterator[Iterator[bytes]]:
        request = {
            "op": "sign",
            "batch": str(batch_id),
            "username": username,
            "passphrase": passphrase,
            "items": [[str(permit_id), digest] for permit_id, digest in items],
        }
        with self._opened(request, ANSWER_SECONDS) as (connection, lines):
            connection.settimeout(RESULT_SECONDS)
            yield lines

    @contextmanager
    def _opened(
        self, request: dict[str, Any], seconds: float
    ) -> Iterator[tuple[socket.socket, Iterator[bytes]]]:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(seconds)
        try:
            connection.connect(str(self._path))
            connection.sendall(to_line(request))
            lines = connection.makefile("rb")
            answer = json.loads(lines.readline() or b"{}")
            if "refused" in answer:
                raise _REFUSALS.get(answer["refused"], Unavailable)()
            if not answer.get("accepted"):
                raise Unavailable
            yield connection, iter(lines)
        except (OSError, ValueError) as error:
            raise Unavailable(
                "Layanan tanda tangan tidak menjawab. Tidak ada yang hilang; coba lagi sebentar lagi."
            ) from error
        finally:
            connection.close()


_: type[SigningDesk] = SocketDesk
