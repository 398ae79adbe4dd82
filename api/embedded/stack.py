"""What `sahih up` does, step by step: the stores, what an empty office lacks, the roles."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from types import FrameType

from api.embedded import postgres, seaweed
from api.embedded.child import end_orphans
from api.embedded.folder import DataFolder, Secrets
from api.embedded.ports import LOOPBACK, assign, wished
from api.embedded.supervisor import Supervisor
from api.settings import Settings, Wishes, load_settings
from archive.database import Database

BUCKET = "izin"
_PORTS = ("postgres", *seaweed.SERVICES, "authority")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Stores:
    """The running stores of a data folder, migrated, the bucket made."""

    settings: Settings
    ports: dict[str, int]
    supervisor: Supervisor
    folder: DataFolder


@contextmanager
def stores(
    wishes: Wishes, say: Say = lambda _: None, meanwhile: Callable[[], object] = lambda: None
) -> Iterator[Stores]:
    """Run PostgreSQL and the object store on a data folder, and end them (and all added) at the end.

    Args:
        wishes: the data folder, where the web is to listen.
        say: told what the user should know.
        meanwhile: done while the stores start.

    A store whose address the environment names (``SAHIH_DATABASE_URL``, ``SAHIH_S3_ENDPOINT``) is not ours.

    Raises:
        StackError: see the tree. SettingsError: a setting is missing or unusable.
    """
    folder = DataFolder(wishes.data)
    folder.create()
    with folder.held():
        end_orphans(folder.root)
        secrets = folder.secrets()
        ports = assign(_PORTS, folder.root / "ports.json")
        port = wished(wishes.port, wishes.host)
        if wishes.port not in {0, port}:
            say(f"Port {wishes.port} sedang dipakai program lain; Sahih memakai port {port}.")
        supervisor = Supervisor(folder)
        try:
            _start_stores(wishes, folder, ports, secrets, supervisor=supervisor, meanwhile=meanwhile)
            folder.save_state(_state(wishes, folder, ports, secrets, port))
            settings = load_settings(folder.root, host=wishes.host, port=port)
            _migrate(settings)
            yield Stores(settings, ports, supervisor, folder)
        finally:
            supervisor.stop()
            folder.state.unlink(missing_ok=True)


def up(wishes: Wishes, demo: bool, say: Say) -> None:
    """Run a whole office until SIGINT or SIGTERM; a second signal changes nothing.

    Raises:
        StackError: see the tree. SettingsError: a setting is missing or unusable.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        with stores(wishes, say, meanwhile=partial(import_module, "api.trial")) as running:
            from api import trial
            from api.embedded import roles

            trial.first_start(running.settings)
            ours = wishes.authority_url is None
            running.supervisor.launch(*roles.waves(running.settings, authority=ours))
            running.supervisor.wait_ready()
            for line in trial.greeting(running.settings, demo):
                say(line)
            running.supervisor.watch()
    except KeyboardInterrupt:
        say("Sahih berhenti. Data tersimpan.")


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    for again in (signal.SIGINT, signal.SIGTERM):
        signal.signal(again, signal.SIG_IGN)
    raise KeyboardInterrupt


def _start_stores(
    wishes: Wishes,
    folder: DataFolder,
    ports: dict[str, int],
    secrets: Secrets,
    *,
    supervisor: Supervisor,
    meanwhile: Callable[[], object],
) -> None:
    database, objects = wishes.database_url is None, wishes.s3_endpoint is None
    if objects:  # first, for it needs no one's help while the cluster is made
        supervisor.launch([seaweed.part(folder, ports, secrets)])
    if database:
        postgres.make(folder, secrets)
        supervisor.launch([postgres.part(folder, ports["postgres"], secrets)])
    meanwhile()
    supervisor.wait_ready()
    if database:
        postgres.create_database(ports["postgres"], secrets)
    if objects:
        seaweed.create_bucket(ports, secrets, BUCKET)


def _state(
    wishes: Wishes, folder: DataFolder, ports: dict[str, int], secrets: Secrets, port: int
) -> dict[str, str | int]:
    """Return where the running parts are; what the environment names instead stands above it anyway."""
    authority = f"http://{LOOPBACK}:{ports['authority']}"
    return {
        "host": wishes.host,
        "port": port,
        "database_url": postgres.url(ports["postgres"], secrets),
        "s3_endpoint": seaweed.endpoint(ports),
        "s3_access_key": secrets.s3_access_key,
        "s3_secret_key": secrets.s3_secret_key,
        "s3_bucket": BUCKET,
        "authority_url": authority,
        "tsa_url": f"{authority}/tsa",
        "signer_socket": str(folder.socket("signer.sock")),
        "secret_key": secrets.secret_key,
    }


def _migrate(settings: Settings) -> None:
    database = Database(settings.database_dsn())
    try:
        database.migrate()
    finally:
        database.close()
