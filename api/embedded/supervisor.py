"""Keeps the parts running: starts them, starts the crashed again, ends all in order.

One thread does everything: the kernel ends a child when the thread that started it ends.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

from api.embedded.child import Part, signal_group, spawn
from api.embedded.errors import PartFailed
from api.embedded.folder import DataFolder

log = logging.getLogger(__name__)
FIRST_PAUSE_S, LONGEST_PAUSE_S, STEADY_S = 0.2, 10.0, 30.0
START_SECONDS = 60.0
START_TRIES = 5
STOP_SECONDS = 9.0
_TICK_S = 0.05


@dataclass
class _Child:
    part: Part
    process: subprocess.Popen[bytes] | None = None
    since: float = 0.0
    next_at: float = 0.0
    pause: float = FIRST_PAUSE_S
    crashes: int = 0


class Supervisor:
    """Holds the children of one ``sahih up``; not for use from several threads."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._waves: list[list[_Child]] = []

    def launch(self, *waves: Sequence[Part]) -> None:
        """Start parts, all side by side; ``wait_ready`` says when they serve.

        Args:
            *waves: ``stop`` ends the last first, and waits for it before it ends the one before.
        """
        self._waves += [[_Child(part) for part in wave] for wave in waves]
        self.tend()

    def wait_ready(self) -> None:
        """Wait until every part serves.

        Raises:
            PartFailed: one did not become ready.
        """
        waiting, until = [child for wave in self._waves for child in wave], time.monotonic() + START_SECONDS
        while waiting:
            self.tend()
            for child in list(waiting):
                if child.crashes >= START_TRIES or time.monotonic() > until:
                    raise PartFailed(self._told(child.part.name))
                if child.process is not None and child.process.poll() is None and child.part.ready():
                    waiting.remove(child)
            time.sleep(_TICK_S)

    def watch(self) -> None:
        """Start the crashed again until an exception (a signal's) ends the wait."""
        while True:
            self.tend()
            time.sleep(_TICK_S)

    def tend(self) -> None:
        """Start every child whose time has come; the first time, or after a crash and a pause."""
        now = time.monotonic()
        for child in (child for wave in self._waves for child in wave):
            if child.process is not None and child.process.poll() is not None:
                self._note_crash(child, now)
            if child.process is None and now >= child.next_at:
                child.process = spawn(child.part, self._folder.root, self._folder.log(child.part.name))
                child.since = now

    def pids(self) -> dict[str, int]:
        """Return the process of each part that has one."""
        children = [child for wave in self._waves for child in wave]
        return {child.part.name: child.process.pid for child in children if child.process is not None}

    def stop(self) -> None:
        """End all, the last started first, within ``STOP_SECONDS``; what does not end by then is killed."""
        began, waves = time.monotonic(), len(self._waves)
        for n in range(waves):
            self._stop_wave(self._waves.pop(), began + STOP_SECONDS * (n + 1) / waves)

    def _note_crash(self, child: _Child, now: float) -> None:
        assert child.process is not None  # noqa: S101 - the caller looked
        log.warning("%s ended with %s", child.part.name, child.process.returncode)
        # What it had started (the signer's and the sandbox's processes) must not outlive it.
        signal_group(child.process.pid, signal.SIGKILL)
        if now - child.since > STEADY_S:
            child.pause, child.crashes = FIRST_PAUSE_S, 0
        child.process, child.next_at = None, now + child.pause
        child.crashes += 1
        child.pause = min(child.pause * 2, LONGEST_PAUSE_S)

    def _stop_wave(self, wave: list[_Child], until: float) -> None:
        running = [(c.part, c.process) for c in wave if c.process is not None]
        for part, process in running:
            process.send_signal(part.stop_signal)
        for part, process in running:
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("%s did not end in time and was killed", part.name)
            signal_group(process.pid, signal.SIGKILL)
            process.wait()

    def _told(self, name: str) -> str:
        path = self._folder.log(name)
        end = path.read_text(errors="replace").strip().splitlines()[-6:] if path.exists() else []
        return "\n".join(
            [f"Bagian {name} tidak dapat berjalan. Data Anda tidak berubah. Akhir catatannya ({path}):", *end]
        )
