"""A whole office on a data folder, reached as strangers reach it: command line, HTTP, files, signals."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent
TYPES = ROOT / "permits" / "types"
START_SECONDS = 120


class EndOfTls(httpx.HTTPTransport):
    """The proxy before the office: https towards people (their cookies are Secure), plain http behind."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        plain = request.url.copy_with(scheme="http")
        return super().handle_request(
            httpx.Request(request.method, plain, headers=request.headers, stream=request.stream)
        )


@dataclass
class OfficeUp:
    """`sahih up` on a folder. ``accounts``: role -> (user, passphrase)."""

    data: Path
    env: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def accounts(self) -> dict[str, tuple[str, str]]:
        known = json.loads((self.data / "trial.json").read_text())["accounts"]
        return {a["role"]: (a["user"], a["passphrase"]) for a in reversed(known)}

    def client(self) -> httpx.Client:
        """A visitor of the office as through its proxy."""
        address = self.url.replace("http://", "https://")
        return httpx.Client(base_url=address, timeout=60, transport=EndOfTls())

    def start(self) -> OfficeUp:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        command = [sys.executable, "-m", "api.cli", "up", "--data", str(self.data), "--port", str(self.port)]
        with (self.data.parent / "up.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_ready()
        return self

    def wait_ready(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            assert self.process is not None
            if self.process.poll() is not None:
                break
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            time.sleep(0.1)
        raise AssertionError((self.data.parent / "up.log").read_text(errors="replace")[-3000:])

    def tree(self) -> list[int]:
        """The process ids of `sahih up` and of all below it."""
        parents = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        assert self.process is not None
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid and child not in found]
        return found

    def part(self, *words: str) -> list[int]:
        """The process ids of our tree whose command line holds all ``words``."""
        found = []
        for pid in self.tree():
            with contextlib.suppress(OSError):
                line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if all(word in line for word in words):
                    found.append(pid)
        return found

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def kill(self) -> None:
        """`kill -9` of everything at once."""
        for pid in reversed(self.tree()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert self.process is not None
        self.process.wait(30)

    def command(self, *args: object, user: str = "") -> tuple[list[str], dict[str, str]]:
        env = os.environ | self.env | {"SAHIH_DATA": str(self.data)}
        words = [str(a) for a in args]
        if user:
            name, passphrase = self.accounts[user]
            words += ["--as", name]
            env["SAHIH_PASSPHRASE"] = passphrase
        return [sys.executable, "-m", "api.cli", *words], env

    def cli(self, *args: object, user: str = "") -> subprocess.CompletedProcess[str]:
        words, env = self.command(*args, user=user)
        done = subprocess.run(
            words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False
        )
        assert "Traceback (most recent call last)" not in done.stdout + done.stderr, done.stderr
        return done

    def json(self, *args: object, user: str = "") -> list[dict[str, Any]]:
        done = self.cli(*args, "--json", user=user)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]

    def issue(self, code: str = "sktu", out: Path | None = None, **changes: Any) -> dict[str, Any]:
        facts = json.loads((TYPES / code / "example.json").read_text()) | changes
        path = self.data.parent / "facts.json"
        path.write_text(json.dumps(facts))
        extra = ("--out", out) if out else ()
        (permit,) = self.json("issue", "--type", code, path, *extra, user="kepala_dinas")
        return permit

    def batch(self, name: str, many: int, code: str = "sktu") -> Path:
        facts = json.loads((TYPES / code / "example.json").read_text())
        path = self.data.parent / f"{name}.ndjson"
        path.write_text("".join(json.dumps(facts | {"_key": f"{name}-{i}"}) + "\n" for i in range(many)))
        return path

    def serials(self, code: str = "sktu") -> list[int]:
        return sorted(row["serial"] for row in self.json("list", "--type", code))

    def settle(self, seconds: float = 120) -> None:
        """Wait until the audit finds nothing, not even pending work."""
        end = time.monotonic() + seconds
        while True:
            done = self.cli("audit")
            if done.returncode == 0:
                return
            assert time.monotonic() < end, done.stdout[-3000:]
            time.sleep(1)
