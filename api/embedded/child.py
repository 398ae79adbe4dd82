"""One child process of ``sahih up``: how it starts, how it ends, and what an earlier life left running."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

MARK = "SAHIH_UP"
"""In the environment of every child and grandchild: the data folder that it works for."""
_PR_SET_PDEATHSIG = 1
_ORPHAN_SECONDS = 6.0
_prctl = ctypes.CDLL(None, use_errno=True).prctl


def _no_preparation() -> None:
    return


@dataclass(frozen=True)
class Part:
    """What is known of a child before it runs.

    Attributes:
        name: its log's name.
        command: program and arguments; never a secret, everyone may read them.
        ready: whether it serves already; asked only while it lives.
        stop_signal: what ends it in order.
        env: what its environment holds beside the supervisor's.
        cwd: its working folder; None is the supervisor's.
        user: the numeric account that it runs as; None is the supervisor's.
        nice: how far it stands back for the others.
        prepare: done before each start, so after each crash too.
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool]
    stop_signal: signal.Signals = signal.SIGTERM
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    user: int | None = None
    nice: int = 0
    prepare: Callable[[], None] = _no_preparation


def spawn(part: Part, data: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start a part in a session of its own; it dies with the thread that called this.

    Raises:
        OSError: the program cannot be started.
    """
    part.prepare()
    with log.open("ab") as out:
        return subprocess.Popen(
            part.command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=part.cwd,
            env=os.environ | part.env | {MARK: str(data)},
            user=part.user,
            group=part.user,
            extra_groups=None if part.user is None else [],
            start_new_session=True,
            preexec_fn=partial(  # noqa: PLW1509 - system calls only, and no other threads
                _settle, os.getpid(), part.stop_signal, part.nice
            ),
        )


def _settle(parent: int, stop_signal: int, nice: int) -> None:
    """Run in the child before its program, after it changed user (which would undo it)."""
    _prctl(_PR_SET_PDEATHSIG, stop_signal, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    if nice:
        os.nice(nice)


def signal_group(leader: int, number: signal.Signals) -> None:
    """Send a signal to a child and all that it started, also after its own end."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def end_orphans(data: Path) -> int:
    """End what an earlier ``sahih up`` on this folder left running; its holder must be gone.

    Returns:
        How many processes there were.
    """
    found = first = orphans(data)
    for pid in found:
        _send(pid, signal.SIGINT if _program(pid) == "postgres" else signal.SIGTERM)
    patience = time.monotonic() + _ORPHAN_SECONDS
    while found:
        if time.monotonic() > patience:
            for pid in found:
                _send(pid, signal.SIGKILL)
        time.sleep(0.05)
        found = orphans(data)
    return len(first)


def orphans(data: Path) -> list[int]:
    """Return the processes, other than this one, that bear the mark of the data folder."""
    mark = f"{MARK}={data}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def _program(pid: int) -> str:
    try:
        return Path(os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0])).name
    except OSError:
        return ""


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
