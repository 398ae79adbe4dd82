"""The data folder: what stands where, its secrets, its one owner at a time.

- ``pg/``, ``s3/``: the stores; ``tls/``: mutual TLS within the object store
- ``authority/``: the trial keys; ``trial.json``: the trial accounts, 0600
- ``secrets.json``: made once, 0600; ``stack.json``: where the running parts are, 0600
- ``ports.json``: which port each part took, kept over restarts
- ``office.toml``: the office; ``logs/``: one file a part; ``run/``: sockets
- ``up.lock``: held by the running ``sahih up``
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import permits
from api.embedded.errors import AlreadyRunning, FolderUnusable
from api.settings import STATE_FILE

_LOG_LIMIT = 10 * 1024 * 1024
_SOCKET_PATH_MAX = 100  # sun_path holds 108 bytes


@dataclass(frozen=True)
class Secrets:
    """What the embedded parts ask of one another. Made once; a test of the repr keeps it out of logs."""

    database_password: str
    database_admin_password: str
    s3_access_key: str
    s3_secret_key: str
    s3_admin_access_key: str
    s3_admin_secret_key: str
    volume_jwt_key: str
    filer_jwt_key: str
    console_password: str
    secret_key: str

    def __repr__(self) -> str:
        return "Secrets(...)"


@dataclass(frozen=True)
class DataFolder:
    """Paths below one data folder; nothing is touched before a method is called."""

    root: Path

    @property
    def pg(self) -> Path:
        """PostgreSQL's cluster."""
        return self.root / "pg"

    @property
    def s3(self) -> Path:
        """The object store's files."""
        return self.root / "s3"

    @property
    def tls(self) -> Path:
        """Certificates by which the object store's inner services know one another."""
        return self.root / "tls"

    @property
    def authority(self) -> Path:
        """The trial authority."""
        return self.root / "authority"

    @property
    def state(self) -> Path:
        """Where the running parts are."""
        return self.root / STATE_FILE

    def create(self) -> None:
        """Make the folder and bring the office file.

        Raises:
            FolderUnusable: it cannot be made or written.
        """
        try:
            if not self.root.is_dir():
                # The database's unprivileged account must pass through; all within is closed by itself.
                self.root.mkdir(parents=True, mode=0o711 if os.getuid() == 0 else 0o700)
            for inner in (self.root / "logs", self.s3):
                inner.mkdir(mode=0o700, exist_ok=True)
            shipped, own = Path(permits.__file__).parent / "office.toml", self.root / "office.toml"
            if shipped.is_file() and not own.exists():
                write_whole(own, shipped.read_text(), mode=0o644)
        except OSError as error:
            raise FolderUnusable(
                f"Folder data {self.root} tidak dapat dipakai: {error.strerror}."
                " Pilih folder lain dengan --data."
            ) from error

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for one ``sahih up``; the kernel lets go of it when the holder dies.

        Raises:
            AlreadyRunning: another process holds it.
        """
        descriptor = os.open(self.root / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
                raise AlreadyRunning(
                    f"Sahih sudah berjalan pada folder data {self.root} (proses {holder or '?'})."
                    " Hentikan yang itu dulu, atau pilih folder lain dengan --data."
                ) from None
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def secrets(self) -> Secrets:
        """Read the secrets, made at the first call.

        Raises:
            FolderUnusable: they are gone or damaged while the stores they open are there.
        """
        path = self.root / "secrets.json"
        if not path.exists() and not self.pg.exists():
            made = Secrets(**{field.name: secrets.token_hex(24) for field in fields(Secrets)})
            write_whole(path, json.dumps(asdict(made), indent=1))
            return made
        try:
            return Secrets(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise FolderUnusable(
                f"{path} hilang atau rusak, padahal data di {self.root} dibuka dengan isinya."
                " Kembalikan berkas itu dari cadangan."
            ) from error

    def log(self, name: str) -> Path:
        """Return the log file of a part, a large one moved aside first."""
        path = self.root / "logs" / f"{name}.log"
        if path.exists() and path.stat().st_size > _LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        return path

    def socket(self, name: str) -> Path:
        """Return a path for a Unix socket, below the data folder if the kernel's limit allows."""
        path = self.root / "run" / name
        if len(os.fsencode(path)) > _SOCKET_PATH_MAX:
            mark = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
            path = Path(tempfile.gettempdir()) / f"sahih-{os.getuid()}-{mark}" / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        status = path.parent.stat(follow_symlinks=False)
        if status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise FolderUnusable(f"Folder {path.parent} bukan milik Anda sendiri. Hapus, lalu ulangi.")
        return path

    def save_state(self, state: Mapping[str, Any]) -> None:
        """Write where the running parts are, for every other command."""
        write_whole(self.state, json.dumps(dict(state), indent=1))


def write_whole(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file whole or not at all, for its owner only unless said otherwise."""
    descriptor, fresh = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    Path(fresh).chmod(mode)
    Path(fresh).replace(path)


@contextmanager
def made_whole(target: Path) -> Iterator[Path]:
    """Give a folder to fill that becomes ``target`` at the end; a crash leaves no half one behind."""
    for stale in target.parent.glob(f".new-{target.name}-*"):
        shutil.rmtree(stale)
    fresh = Path(tempfile.mkdtemp(prefix=f".new-{target.name}-", dir=target.parent))
    try:
        yield fresh
        fresh.rename(target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
