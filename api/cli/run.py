"""`sahih up`, and the roles that it starts: web, worker, signer, authority; `sahih migrate`."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.output import DataFolder

if TYPE_CHECKING:
    from api.settings import Settings

_GRACE_S = 3


def add_to(app: typer.Typer) -> None:
    """Add the group's commands."""
    for command in (up, web, worker, signer, authority, migrate):
        app.command(command.__name__)(command)


def up(
    data: DataFolder = None,
    port: Annotated[int | None, typer.Option(help="Port web (bawaan: 8080; 0: yang bebas).")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Terbitkan juga contoh izin.")] = False,
) -> None:
    """Jalankan seluruh Sahih di satu mesin; berhenti dengan Ctrl-C."""
    from api.embedded.stack import up as run_up
    from api.settings import load_wishes

    wishes = load_wishes(data, port=port)
    _log("warning")  # each role's own words are in its log file
    run_up(wishes, demo, lambda line: print(line, flush=True))


def web(data: DataFolder = None) -> None:
    """Jalankan web: halaman publik, kantor, dan API."""
    from api.app import create_app

    settings = _settings(data)
    _serve(
        create_app(settings),
        settings.host,
        settings.port,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
    )


def worker(data: DataFolder = None) -> None:
    """Jalankan pekerja: melestarikan, mengindeks, membandingkan."""
    from api.worker import run

    run(_settings(data))


def signer(data: DataFolder = None) -> None:
    """Jalankan layanan tanda tangan: satu-satunya yang membuka kunci."""
    from api.bootstrap import open_signing_side
    from api.signing_service import SigningServer, SigningService

    settings = _settings(data)
    path = settings.signer_socket or settings.data / "run" / "signer.sock"
    store = open_signing_side(settings).store
    service = SigningService(settings, store)
    try:
        service.recover()
        with SigningServer(path, service) as server:

            def end(number: int, frame: FrameType | None) -> None:
                del number, frame
                # It waits for the loop that this handler interrupts, so it needs a thread of its own.
                threading.Thread(target=server.shutdown).start()

            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, end)
            server.serve_forever(poll_interval=0.2)
    finally:
        service.close()
        store.database.close()


def authority(data: DataFolder = None) -> None:
    """Jalankan layanan otoritas uji coba: cap waktu, status sertifikat."""
    from urllib.parse import urlsplit

    from api.settings import SettingsError
    from certs.services import services

    settings = _settings(data)
    address = urlsplit(settings.authority_url or "")
    if address.hostname is None or address.port is None:
        raise SettingsError("Alamat otoritas uji coba (SAHIH_AUTHORITY_URL) belum diisi.")
    _serve(services(settings.authority_folder), address.hostname, address.port)


def migrate(data: DataFolder = None) -> None:
    """Bawa susunan database ke bentuk terbaru; aman diulang."""
    from api.bootstrap import open_database

    database = open_database(_settings(data))
    try:
        database.migrate()
    finally:
        database.close()


def _settings(data: Path | None) -> Settings:
    from api.settings import load_settings

    settings = load_settings(data)
    _log(settings.log_level)
    return settings


def _log(level: str) -> None:
    """Log to stderr; the supervisor sends it to the role's file."""
    logging.basicConfig(
        stream=sys.stderr, level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for noisy in ("httpx", "httpcore", "botocore", "boto3", "urllib3", "fontTools", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _serve(app: Any, host: str, port: int, **options: Any) -> None:
    """Serve until SIGTERM or SIGINT; no access log, for addresses and names are personal data."""
    import uvicorn

    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
        **{"proxy_headers": False, **options},
    )
