"""The embedded stores: what locks promise holds against local processes, crashes and taken ports."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from api.embedded.child import orphans
from api.embedded.ports import GRPC
from api.embedded.stack import stores
from api.settings import Wishes
from archive.database import Database
from archive.errors import ArchiveError
from archive.objects import S3Objects

BODY = b"%PDF-1.7 izin" * 1000


@pytest.fixture(scope="module")
def objects(stack):
    s = stack.settings
    keys = s.s3_access_key.get_secret_value(), s.s3_secret_key.get_secret_value()
    found = S3Objects(s.s3_endpoint, *keys, s.s3_bucket)
    yield found
    found.close()


@pytest.fixture
def locked(stack, objects):
    key = f"uji/{os.urandom(4).hex()}.pdf"
    until = datetime.now(UTC) + timedelta(days=1)
    version = objects.put_first(key, BODY, hashlib.sha256(BODY).hexdigest(), until)
    yield key, version
    assert objects.get(key, version) == BODY, "the attack destroyed a locked object"


def client(stack, who):
    secrets = stack.folder.secrets()
    keys = {
        "office": (secrets.s3_access_key, secrets.s3_secret_key),
        "supervisor": (secrets.s3_admin_access_key, secrets.s3_admin_secret_key),
    }[who]
    return boto3.client(
        "s3",
        endpoint_url=stack.settings.s3_endpoint,
        aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1],
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )


@pytest.mark.parametrize("who", ["office", "supervisor"])
def test_no_identity_deletes_a_locked_version(stack, locked, who):
    key, version = locked
    with pytest.raises(ClientError, match="AccessDenied"):
        client(stack, who).delete_object(
            Bucket="izin", Key=key, VersionId=version, BypassGovernanceRetention=True
        )


@pytest.mark.parametrize("who", ["office", "supervisor"])
def test_no_identity_deletes_the_bucket_or_ends_its_versions(stack, locked, who):
    with pytest.raises(ClientError):
        client(stack, who).delete_bucket(Bucket="izin")
    with pytest.raises(ClientError):
        client(stack, who).put_bucket_versioning(
            Bucket="izin", VersioningConfiguration={"Status": "Suspended"}
        )


def test_the_office_makes_no_buckets(stack):
    with pytest.raises(ClientError, match="AccessDenied"):
        client(stack, "office").create_bucket(Bucket="lain")


def test_strangers_see_nothing(stack, locked):
    for address in ("", "/izin", f"/izin/{locked[0]}"):
        assert httpx.get(stack.settings.s3_endpoint + address, trust_env=False).status_code == 403


@pytest.mark.parametrize(
    ("service", "method", "path"),
    [
        ("filer", "GET", "/buckets/izin/"),
        ("filer", "DELETE", "/buckets/izin/uji?recursive=true&ignoreRecursiveError=true"),
        ("filer", "PUT", "/buckets/izin/uji/palsu.pdf"),
        ("master", "GET", "/col/delete?collection=izin"),
        ("master", "POST", "/col/delete?collection=izin"),
        ("master", "GET", "/dir/assign?collection=izin"),
        ("admin", "DELETE", "/api/s3/buckets/izin"),
        ("admin", "GET", "/api/s3/buckets"),
    ],
)
def test_the_inner_ports_answer_no_local_process(stack, locked, service, method, path):
    with contextlib.suppress(httpx.HTTPError):
        answer = httpx.request(
            method, f"http://127.0.0.1:{stack.ports[service]}{path}", timeout=5, trust_env=False
        )
        assert answer.status_code >= 400 or "login" in answer.headers.get("location", ""), answer.text[:300]


def test_the_volume_server_deletes_nothing_without_a_token(stack, locked):
    for volume in range(1, 8):
        with contextlib.suppress(httpx.HTTPError):
            address = f"http://127.0.0.1:{stack.ports['volume']}/{volume},01637037d6"
            assert httpx.delete(address, timeout=5, trust_env=False).status_code in {401, 403, 404, 405}


def test_the_local_sockets_open_no_way_around(stack, locked):
    for path in stack.folder.socket("x").parent.glob("*.sock"):
        with (
            httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), timeout=5) as local,
            contextlib.suppress(httpx.HTTPError),
        ):
            answer = local.delete("http://x/buckets/izin/uji?recursive=true")
            assert answer.status_code >= 400, path


def shell(stack, cwd, words):
    """What `weed shell` says; it takes its keys from its working folder."""
    weed, ports = Path(sys.executable).parent / "weed", stack.ports
    ends = [f"-{s}=127.0.0.1:{ports[s]}.{ports[s] + GRPC}" for s in ("master", "filer")]
    running = subprocess.Popen(
        [weed, "shell", *ends],
        cwd=cwd,
        env={"HOME": str(cwd), "PATH": "/usr/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        return running.communicate(words, timeout=5)[0]
    except subprocess.TimeoutExpired:
        running.kill()
        return running.communicate()[0]


def test_weed_shell_without_the_key_is_refused(stack, locked, tmp_path):
    assert b"uji" in shell(stack, stack.folder.s3, b"fs.ls /buckets/izin\nexit\n"), (
        "the probe itself is blunt"
    )
    attack = [b"lock", b"fs.rm -rf /buckets/izin/uji", b"s3.bucket.delete -name izin", b"fs.ls /buckets/izin"]
    assert b"uji" not in shell(stack, tmp_path, b"\n".join([*attack, b"exit", b""]))


def test_all_listen_on_this_machine_alone(stack):
    inodes = set()
    for pid in orphans(stack.folder.root):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                inodes.add(os.readlink(descriptor).removeprefix("socket:[").removesuffix("]"))
    heard = {"tcp": [], "tcp6": []}
    for family, found in heard.items():
        for line in Path(f"/proc/net/{family}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.append(fields[1].split(":")[0])
    assert len(heard["tcp"]) >= 3, "the stack's listeners were not found"
    assert set(heard["tcp"]) == {"0100007F"}
    assert not heard["tcp6"]


@pytest.mark.parametrize("part", ["postgres", "seaweed"])
def test_a_killed_store_comes_back_on_its_port_with_its_data(stack, objects, part):
    database = Database(stack.settings.database_dsn())
    mark, key = os.urandom(4).hex(), f"uji/{os.urandom(4).hex()}.pdf"
    with database.begin() as conn:
        conn.exec_driver_sql(f"CREATE TABLE mark_{mark} AS SELECT 1 AS one")
    until = datetime.now(UTC) + timedelta(days=1)
    version = objects.put_first(key, BODY, hashlib.sha256(BODY).hexdigest(), until)
    before = stack.supervisor.pids()[part]
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while True:
        stack.supervisor.tend()
        try:
            database.ping()
            assert objects.get(key, version) == BODY
        except ArchiveError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            if stack.supervisor.pids().get(part, before) != before:
                break
    with database.begin() as conn:
        conn.exec_driver_sql(f"DROP TABLE mark_{mark}")
    database.close()


def test_a_second_up_on_the_folder_is_refused(stack):
    words = [sys.executable, "-m", "api.cli", "up", "--data", str(stack.folder.root), "--port", "0"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "sudah berjalan" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_gives_another_and_what_a_killed_life_left_is_ended(tmp_path):
    root = tmp_path / "data"
    program = (
        "import pathlib, sys, time\n"
        "from api.embedded.stack import stores\n"
        "from api.settings import Wishes\n"
        "with stores(Wishes(data=pathlib.Path(sys.argv[1]), port=0)):\n"
        " print('ready', flush=True)\n"
        " time.sleep(60)"
    )
    first = subprocess.Popen([sys.executable, "-c", program, str(root)], stdout=subprocess.PIPE)
    assert first.stdout.readline() == b"ready\n"
    left = orphans(root)
    for pid in left:  # frozen, they cannot follow their parent by themselves
        os.kill(pid, signal.SIGSTOP)
    first.kill()
    first.wait()
    said = []
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with stores(Wishes(data=root, port=port), said.append) as running:
            assert running.settings.port != port
            assert f"{port}" in said[0]
            assert not set(left) & set(orphans(root))
    assert not orphans(root)
    assert not (root / "stack.json").exists()


def test_nobody_else_reads_the_secrets(stack):
    for name in ("secrets.json", "stack.json", "s3/s3.json", "s3/security.toml", "tls/node.key"):
        assert (stack.folder.root / name).stat().st_mode & 0o077 == 0, name
    for pid in orphans(stack.folder.root):
        line = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        assert not any(secret in line for secret in vars(stack.folder.secrets()).values())


def gone(pids):
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def started_again(office, words, before):
    deadline = time.monotonic() + 30
    while not set(office.part(*words)) - before:
        assert time.monotonic() < deadline, f"{words} was not started again"
        time.sleep(0.05)
    office.wait_ready()


@pytest.mark.parametrize("role", ["authority", "signer", "worker", "web"])
def test_a_killed_role_comes_back_and_leaves_nothing_behind(office_up, role):
    office_up.issue()  # so that the signer has processes of its own
    words = ("api.cli", f" {role} ")
    (before,) = set(office_up.part(*words)) - {office_up.process.pid}
    below = [pid for pid in office_up.tree() if os.getpgid(pid) == before]
    assert role != "signer" or len(below) > 1
    os.kill(before, signal.SIGKILL)
    started_again(office_up, words, {before})
    assert gone(below)
    office_up.issue()


def test_an_interrupted_office_ends_in_order_and_forgets_nothing(office_up):
    number = office_up.issue()["number"]
    everyone = office_up.tree()
    assert office_up.stop() == 0
    assert gone(everyone)
    assert not orphans(office_up.data)
    office_up.start()
    assert number in {row["number"] for row in office_up.json("list")}
