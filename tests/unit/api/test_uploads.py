"""A multipart body is one file in the field ``file``, or a clear refusal; never a crash."""

from __future__ import annotations

import asyncio
import contextlib
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from api.errors import BadUpload, TooLarge
from api.limits import Limits
from api.uploads import Upload, one_file, shown_name

EDGE = "edge"


def receive(
    body: bytes, kind: str | None = f"multipart/form-data; boundary={EDGE}", limit: int = 1000
) -> Upload:
    headers = [(b"content-type", kind.encode("latin-1"))] if kind is not None else []
    app = SimpleNamespace(state=SimpleNamespace(limits=Limits(upload_body=limit)))
    pieces = [body[i : i + 50] for i in range(0, len(body), 50)] or [b""]

    async def take() -> Message:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": headers,
        "app": app,
        "query_string": b"",
    }
    return asyncio.run(one_file(Request(scope, take)))


def part(name: str, content: str, filename: str | None = None) -> bytes:
    file = f'; filename="{filename}"' if filename is not None else ""
    return f'--edge\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{content}\r\n'.encode()


GOOD = part("file", "%PDF-1.7", "izin.pdf") + b"--edge--\r\n"


def test_the_file_is_taken() -> None:
    assert receive(GOOD) == Upload("izin.pdf", b"%PDF-1.7")


def test_an_empty_file_is_a_file() -> None:
    assert receive(part("file", "", "kosong.pdf") + b"--edge--\r\n").content == b""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--edge--\r\n",
        b"not multipart at all",
        GOOD[:-12],
        part("berkas", "x", "a.pdf") + b"--edge--\r\n",
        part("file", "just text") + b"--edge--\r\n",
        part("file", "x", "a.pdf") + part("file", "y", "b.pdf") + b"--edge--\r\n",
        part("file", "x", "a.pdf") + part("file", "text") + b"--edge--\r\n",
        b"--edge\r\n\r\nx\r\n--edge--\r\n",
        b"".join(part(f"f{i}", "x") for i in range(20)) + b"--edge--\r\n",
    ],
    ids=range(10),
)
def test_another_shape_is_refused_with_its_reason(body: bytes) -> None:
    with pytest.raises(BadUpload, match="multipart/form-data"):
        receive(body)


@pytest.mark.parametrize(
    "kind", [None, "", "application/pdf", "application/json", "multipart/mixed", "multipart/form-data"]
)
def test_another_type_is_refused(kind: str | None) -> None:
    with pytest.raises(BadUpload):
        receive(GOOD, kind)


def test_a_file_over_the_limit_is_refused() -> None:
    with pytest.raises(TooLarge):
        receive(part("file", "x" * 1001, "a.pdf") + b"--edge--\r\n")


@given(st.binary(max_size=300), st.text(st.characters(max_codepoint=255), max_size=40))
def test_no_bytes_crash_it(body: bytes, kind: str) -> None:
    for declared in (f"multipart/form-data; boundary={EDGE}", f"multipart/form-data; boundary={kind}"):
        for sent in (body, GOOD[:20] + body, GOOD[:-10] + body):
            with contextlib.suppress(BadUpload, TooLarge):
                receive(sent, declared)


@given(st.text(max_size=300))
def test_a_name_is_fit_for_showing(name: str) -> None:
    shown = shown_name(name)
    assert 1 <= len(shown) <= 120
    assert shown.isprintable()
    assert "/" not in shown
    shown.encode()


def test_a_name_loses_its_folders() -> None:
    assert shown_name("C:\\Users\\Budi\\izin saya.pdf") == "izin saya.pdf"
    assert shown_name("../../etc/passwd") == "passwd"
    assert shown_name(None) == shown_name("\x00\n") == "dokumen.pdf"
