"""The inside of the sandbox: a process of its own (`python -I -m esign.sandbox_worker`).

It loads what it needs, then locks itself in: no network (a network namespace of its own), no file can be
opened, no process started, bounded memory, no way back to more rights. Only then it reads its first task.
"""

from __future__ import annotations

import codecs
import ctypes
import io
import json
import os
import pickle
import resource
import struct
import sys
from datetime import UTC, datetime
from typing import Any

import cryptography.hazmat.backends.openssl.backend  # noqa: F401 - loaded late by its users
import pypdfium2
from PIL import Image

from certs.trust import TrustStore
from esign.verify import verify
from esign.wire import verdict_to_json

MEMORY = 1 << 30
CPU_SECONDS = 10
MAX_PIXELS = 20_000_000
MAX_PAGES_OF_TEXT = 200
MAX_TEXT = 100_000
_HEAD = struct.Struct(">BI")
_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_SIGKILL = 9
_NOBODY = 65534
_ANSWERED, _OUT_OF_MEMORY = 0, 1


def lock_in() -> None:
    """Give up what a parser does not need; each measure as far as the kernel offers it, limits always."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    if os.getuid() == 0:
        libc.unshare(_CLONE_NEWNET | _CLONE_NEWIPC)
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
        libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    else:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_DUMPABLE, 0)
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(limit, (value, value))


def main() -> None:
    """Answer tasks until the pipe closes."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    _warm_up()
    lock_in()
    _send(sink, _ANSWERED, b"")
    while head := source.read(_HEAD.size):
        task = pickle.loads(source.read(_HEAD.unpack(head)[1]))  # noqa: S301 - from our parent, which we trust
        _bound_cpu()
        try:
            _send(sink, _ANSWERED, _answer(task))
        except MemoryError:
            _send(sink, _OUT_OF_MEMORY, b"")
            return


def _warm_up() -> None:
    """Make libraries load what they load late: afterwards no file can be opened."""
    for name in ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "ascii", "cp1252", "idna"):
        codecs.lookup(name)
    datetime.strptime("2026", "%Y").replace(tzinfo=UTC)
    Image.preinit()
    with pypdfium2.PdfDocument.new() as blank:
        blank.new_page(72, 72)
        out = io.BytesIO()
        blank.save(out)
    _picture(out.getvalue(), 0, 32)
    _text(out.getvalue())
    verify(out.getvalue(), TrustStore())


def _bound_cpu() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + CPU_SECONDS + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _answer(task: tuple[Any, ...]) -> bytes:
    kind, *rest = task
    if kind == "verify":
        pdf, trust, at = rest
        return json.dumps(verdict_to_json(verify(pdf, trust, at))).encode()
    if kind == "picture":
        return _picture(*rest)
    if kind == "text":
        return json.dumps(_text(*rest)).encode()
    return b"pong"


def _picture(pdf: bytes, page: int, width_px: int) -> bytes:
    out = io.BytesIO()
    try:
        with pypdfium2.PdfDocument(pdf) as document:
            width, height = document[page].get_size()
            scale = min(width_px / width, (MAX_PIXELS / (width * height)) ** 0.5)
            document[page].render(scale=scale).to_pil().convert("RGB").save(out, "png", compress_level=6)
    except (pypdfium2.PdfiumError, IndexError, ValueError, ZeroDivisionError):
        return b""
    return out.getvalue()


def _text(pdf: bytes) -> list[str]:
    try:
        with pypdfium2.PdfDocument(pdf) as document:
            pages = min(len(document), MAX_PAGES_OF_TEXT)
            return [document[n].get_textpage().get_text_range()[:MAX_TEXT] for n in range(pages)]
    except pypdfium2.PdfiumError:
        return []


def _send(sink: Any, kind: int, body: bytes) -> None:
    sink.write(_HEAD.pack(kind, len(body)) + body)
    sink.flush()


if __name__ == "__main__":
    main()
