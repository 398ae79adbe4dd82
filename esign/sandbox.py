"""Foreign files are parsed here and nowhere else: in processes that hold nothing and can reach nothing.

A worker is a fresh interpreter with an empty environment: it never had a secret. It gives up network, files,
further processes and its user before it reads its first file, and is killed at its limits. Answers come back
as JSON and pictures as bytes, never as pickles: a worker that was taken over cannot take over its reader.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import queue
import selectors
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import IO, Any

from certs.trust import TrustStore
from esign.errors import SandboxBusy, SandboxError
from esign.verdict import Outcome, Verdict
from esign.wire import fingerprint, verdict_from_json

SECONDS = 10.0
START_SECONDS = 30.0
WAITING = 16
WAIT_SECONDS = 20.0
MAX_ANSWER = 64 << 20
_HEAD = struct.Struct(">BI")


class _Gone(Exception):
    """The worker did not answer; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Worker:
    """One worker process, started when it is made."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "esign.sandbox_worker"],
            env={},
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            close_fds=True,
            start_new_session=True,
        )
        if self._read(START_SECONDS)[0] != 0:
            raise SandboxError("a sandbox worker did not start")

    def ask(self, task: tuple[Any, ...], seconds: float) -> bytes:
        """Return the answer to one task.

        Raises:
            _Gone: it was killed, crashed or took too long; the worker is of no more use.
        """
        body = pickle.dumps(task)
        try:
            stdin = _open(self._process.stdin)
            stdin.write(_HEAD.pack(0, len(body)) + body)
            stdin.flush()
        except OSError as error:
            raise _Gone("parser-crashed") from error
        kind, answer = self._read(seconds)
        if kind:
            raise _Gone("parser-memory")
        return answer

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.wait(5)
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                _open(pipe).close()

    def _read(self, seconds: float) -> tuple[int, bytes]:
        end = time.monotonic() + seconds
        kind, size = _HEAD.unpack(self._exactly(_HEAD.size, end))
        if size > MAX_ANSWER:
            raise _Gone("parser-crashed")
        return kind, self._exactly(size, end)

    def _exactly(self, size: int, end: float) -> bytes:
        stdout, found = _open(self._process.stdout), bytearray()
        with selectors.DefaultSelector() as waiting:
            waiting.register(stdout, selectors.EVENT_READ)
            while len(found) < size:
                if not waiting.select(max(end - time.monotonic(), 0)):
                    raise _Gone("parser-timeout")
                piece = stdout.read1(size - len(found))  # type: ignore[attr-defined] # a buffered pipe has it
                if not piece:
                    raise _Gone("parser-crashed")
                found += piece
        return bytes(found)


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise SandboxError("a worker without pipes")
    return pipe


class Sandbox:
    """A bounded set of workers, started at the first use; safe to share between threads.

    Args:
        workers: how many files are parsed at once.
        seconds: how long one file may take.
        waiting: how many callers may wait for a worker; one more is refused at once.
    """

    def __init__(self, workers: int = 2, seconds: float = SECONDS, waiting: int = WAITING) -> None:
        self._seconds = seconds
        self._places = threading.BoundedSemaphore(workers + waiting)
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(workers):
            self._idle.put(None)
        self._workers = workers
        self._closed = False

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def verify(self, pdf: bytes, trust: TrustStore, at: datetime | None = None) -> Verdict:
        """Judge a file; a crash, a time-out or a bomb is a verdict too.

        Raises:
            SandboxBusy: every place is taken. SandboxError: no worker can be started.
        """
        try:
            return verdict_from_json(json.loads(self._ask(("verify", pdf, trust, at))))
        except _Gone as gone:
            code = gone.code
        except (ValueError, KeyError, TypeError, AttributeError):
            code = "parser-crashed"
        return Verdict(Outcome.UNREADABLE, fingerprint(pdf), len(pdf), codes=(code,))

    def verify_many(
        self, files: Sequence[bytes], trust: TrustStore, at: datetime | None = None
    ) -> Iterator[Verdict]:
        """Judge files in turn, each with its own answer whatever becomes of the others."""
        for pdf in files:
            yield self.verify(pdf, trust, at)

    def picture(self, pdf: bytes, page: int = 0, width_px: int = 900) -> bytes:
        """Return a page as PNG.

        Raises:
            SandboxError: the page cannot be drawn. SandboxBusy: as in ``verify``.
        """
        try:
            picture = self._ask(("picture", pdf, page, width_px))
        except _Gone as gone:
            raise SandboxError(f"the page cannot be drawn: {gone.code}") from gone
        if not picture.startswith(b"\x89PNG"):
            raise SandboxError("the page cannot be drawn")
        return picture

    def text(self, pdf: bytes) -> tuple[str, ...]:
        """Return the text of each page.

        Raises:
            SandboxError: it cannot be read. SandboxBusy: as in ``verify``.
        """
        try:
            pages = json.loads(self._ask(("text", pdf)))
        except (_Gone, ValueError) as error:
            raise SandboxError("the text cannot be read") from error
        if not isinstance(pages, list):
            raise SandboxError("the text cannot be read")
        return tuple(str(page) for page in pages)

    def ping(self) -> None:
        """See that a worker answers.

        Raises:
            SandboxError: none does.
        """
        try:
            self._ask(("ping",))
        except SandboxBusy:
            return
        except _Gone as gone:
            raise SandboxError(gone.code) from gone

    def close(self) -> None:
        """End the workers; those that still work end with their task."""
        self._closed = True
        for _ in range(self._workers):
            try:
                worker = self._idle.get(timeout=self._seconds)
            except queue.Empty:
                continue
            if worker is not None:
                worker.kill()

    def _ask(self, task: tuple[Any, ...]) -> bytes:
        with self._place() as worker:
            return worker.ask(task, self._seconds)

    @contextmanager
    def _place(self) -> Iterator[_Worker]:
        if self._closed:
            raise SandboxError("the sandbox is closed")
        if not self._places.acquire(blocking=False):
            raise SandboxBusy("every place in the sandbox is taken")
        try:
            with self._taken() as worker:
                yield worker
        finally:
            self._places.release()

    @contextmanager
    def _taken(self) -> Iterator[_Worker]:
        try:
            worker = self._idle.get(timeout=WAIT_SECONDS)
        except queue.Empty as empty:
            raise SandboxBusy("no worker became free in time") from empty
        back: _Worker | None = None
        try:
            worker = worker or _start()
            yield worker
            back = worker
        finally:
            if back is None and worker is not None:
                worker.kill()
            self._idle.put(back)


def _start() -> _Worker:
    try:
        return _Worker()
    except (_Gone, OSError) as error:
        raise SandboxError("a sandbox worker did not start") from error
