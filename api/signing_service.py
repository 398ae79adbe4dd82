"""The signing service (`sahih signer`): the only process tree that opens keys.

It listens on a Unix socket. A passphrase lives in its memory while a batch runs and nowhere else: the parent
opens the key once to refuse a wrong one at once, each worker process opens it once a batch.
"""

from __future__ import annotations

import json
import logging
import socketserver
import time
from collections.abc import Sequence
from concurrent.futures import Future, as_completed
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pebble import ProcessExpired, ProcessPool

from api.desk import signed_to_json, to_line
from archive.errors import ArchiveError, DatabaseUnavailable, ObjectsUnavailable
from certs.errors import CertsError, KeyUnusable, TimestampUnavailable, WrongPassphrase
from certs.keys import SigningKey, load_pkcs12
from esign.errors import EsignError
from office import batches
from office.context import Signed
from office.errors import OfficeError
from office.publish import Store, sweep
from office.signing import SigningSide, sign_one
from permits.errors import PermitError

if TYPE_CHECKING:
    from api.settings import Settings

log = logging.getLogger(__name__)
MAX_REQUEST = 4 << 20
ONE_PERMIT_SECONDS = 120
PAUSES = (0.5, 1.0, 2.0, 4.0)
_DATABASE_AWAY_S = 1.0
_CRASHED = "Penandatanganan izin ini terhenti karena kesalahan di sistem. Tidak ada yang hilang; coba lagi."
_PASSING = (DatabaseUnavailable, ObjectsUnavailable, TimestampUnavailable)
_NOW = timedelta(0)
_KNOWN = (OfficeError, CertsError, EsignError, ArchiveError, PermitError)


@dataclass(frozen=True)
class Order:
    """One permit to sign, as it goes to a worker process. Never logged: it carries the passphrase."""

    batch_id: UUID
    permit_id: UUID
    digest: str
    username: str
    passphrase: str
    key_file: Path


class _Worker:
    """What one worker process keeps between permits: its connections, and the key of one batch."""

    side: SigningSide
    batch_id: UUID | None = None
    key: SigningKey | None = None


def _start_worker(settings: Settings) -> None:
    from api.bootstrap import open_signing_side

    _Worker.side = open_signing_side(settings)


def _sign(order: Order) -> Signed:
    if _Worker.key is None or _Worker.batch_id != order.batch_id:
        _Worker.key = load_pkcs12(order.key_file.read_bytes(), order.passphrase)
        _Worker.batch_id = order.batch_id
    for pause in (*PAUSES, None):
        try:
            return sign_one(_Worker.side, order.permit_id, order.digest, _Worker.key, order.username)
        except _PASSING as error:
            if pause is None:
                return Signed(order.permit_id, False, reason=_reason(error))
            time.sleep(pause)
        except _KNOWN as error:
            return Signed(order.permit_id, False, reason=_reason(error))
    raise AssertionError("the last try has no pause")


def _reason(error: Exception) -> str:
    if isinstance(error, _PASSING):
        return (
            "Penyimpanan atau layanan waktu sedang tidak menjawab. Tidak ada yang hilang; tanda tangani lagi."
        )
    if isinstance(error, KeyUnusable):
        return f"Kunci atau sertifikat penanda tangan tidak dapat dipakai: {error}"
    return str(error)


class SigningService:
    """Takes batches over a socket and spreads them over worker processes."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._store = store
        self._keys = settings.authority_folder / "signers"
        self._pool = ProcessPool(
            max_workers=settings.signer_processes,
            initializer=_start_worker,
            initargs=(settings,),
            context=get_context("spawn"),
        )

    def recover(self) -> None:
        """Publish what an earlier life had signed, and close the batches that it left."""
        sweep(self._store, older_than=_NOW)
        batches.close_cut_off(self._store)

    def check(self, username: str, passphrase: str) -> Path:
        """Return the key file of ``username`` if the passphrase opens it.

        Raises:
            WrongPassphrase: it does not. KeyUnusable: there is no such key, or it is damaged.
        """
        path = self._keys / f"{Path(username).name}.p12"
        if not path.is_file():
            raise KeyUnusable("akun ini tidak mempunyai kunci tanda tangan")
        load_pkcs12(path.read_bytes(), passphrase)
        return path

    def run(self, orders: Sequence[Order], tell: socketserver.StreamRequestHandler | None) -> None:
        """Sign a batch; each result is written to the registry and, while it listens, to the caller."""
        futures: dict[Future[Signed], Order] = {
            self._pool.schedule(_sign, args=(order,), timeout=ONE_PERMIT_SECONDS): order for order in orders
        }
        unwritten: list[tuple[UUID, Signed]] = []
        for future in as_completed(futures):
            order = futures[future]
            try:
                result = future.result()
            except (TimeoutError, ProcessExpired, *_KNOWN) as error:
                log.error("signing %s failed: %s", order.permit_id, type(error).__name__)
                result = Signed(order.permit_id, False, reason=_CRASHED)
            except Exception as error:
                log.error("signing %s: defect %s", order.permit_id, type(error).__name__, exc_info=error)
                result = Signed(order.permit_id, False, reason=_CRASHED)
            if not self._noted(order.batch_id, result):
                unwritten.append((order.batch_id, result))
            tell = _told(tell, {"result": signed_to_json(result)})
        _told(tell, {"end": True})
        for batch_id, result in unwritten:  # its owner watches the batch: it must end, however late
            while not self._noted(batch_id, result):
                time.sleep(_DATABASE_AWAY_S)

    def _noted(self, batch_id: UUID, result: Signed) -> bool:
        try:
            batches.note_result(self._store, batch_id, result)
        except DatabaseUnavailable as error:
            log.warning("result of %s not written yet: %s", result.permit_id, error)
            return False
        return True

    def close(self) -> None:
        """End the worker processes; what runs is finished first, for some seconds."""
        self._pool.close()
        try:
            self._pool.join(timeout=8)
        except TimeoutError:
            self._pool.stop()
            self._pool.join()


def _told(
    listener: socketserver.StreamRequestHandler | None, message: dict[str, Any]
) -> socketserver.StreamRequestHandler | None:
    if listener is None:
        return None
    try:
        listener.wfile.write(to_line(message))
        listener.wfile.flush()
    except OSError:  # the caller went away; the work goes on
        return None
    return listener


class _Handler(socketserver.StreamRequestHandler):
    """One caller: one request line, an acceptance or refusal, then the results."""

    timeout = 30

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, SigningServer)  # noqa: S101 - narrows the type, no check of input
        try:
            request = json.loads(self.rfile.readline(MAX_REQUEST))
            if request["op"] == "ping":
                _told(self, {"accepted": True})
                return
            orders = _orders(server.service, request)
        except WrongPassphrase:
            _told(self, {"refused": "passphrase"})
        except (CertsError, KeyError, ValueError, TypeError):
            _told(self, {"refused": "not-allowed"})
        else:
            server.service.run(orders, _told(self, {"accepted": True}))


def _orders(service: SigningService, request: dict[str, Any]) -> list[Order]:
    key_file = service.check(request["username"], request["passphrase"])
    return [
        Order(
            batch_id=UUID(request["batch"]),
            permit_id=UUID(permit_id),
            digest=digest,
            username=request["username"],
            passphrase=request["passphrase"],
            key_file=key_file,
        )
        for permit_id, digest in request["items"]
    ]


class SigningServer(socketserver.ThreadingUnixStreamServer):
    """Listens on the socket, which only the office's own user can open."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: Path, service: SigningService) -> None:
        path.unlink(missing_ok=True)
        super().__init__(str(path), _Handler)
        path.chmod(0o600)
        self.service = service
