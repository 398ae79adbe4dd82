"""The client accepts the answer to its own question and nothing else (the authority answers in-process)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from asn1crypto import cms

from certs.authority import load_key
from certs.errors import TimestampUnavailable
from certs.stamper import Stamper
from certs.timestamp import TimestampClient

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
DIGEST = hashlib.sha256(b"izin").digest()
Answer = Callable[[bytes], httpx.Response]


def _client(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> TimestampClient:
    client = TimestampClient("http://tsa.invalid/tsa")
    transport = httpx.MockTransport(lambda request: answer(request.content))
    monkeypatch.setattr(client, "_http", httpx.Client(transport=transport))
    return client


def test_a_token_comes_back_and_its_size_is_learned(authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamper = Stamper(load_key(authority, "tsa"))
    client = _client(monkeypatch, lambda body: httpx.Response(200, content=stamper.reply(body, NOW)))
    token = client.token(DIGEST)
    info = cms.ContentInfo.load(token, strict=True)["content"]["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == DIGEST
    assert client.token_bytes >= len(token)


def test_whatever_is_not_the_answer_is_refused(authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamper = Stamper(load_key(authority, "tsa"))
    replayed = b""

    def other_question(body: bytes) -> bytes:
        return stamper.reply(body.replace(DIGEST, bytes(32)), NOW)

    def replay(body: bytes) -> bytes:
        nonlocal replayed
        replayed = replayed or stamper.reply(body, NOW)
        return replayed

    def refused(_body: bytes) -> bytes:
        return stamper.reply(b"", NOW)

    _client(monkeypatch, lambda body: httpx.Response(200, content=replay(body))).token(DIGEST)
    bad: list[Answer] = [
        lambda body: httpx.Response(200, content=other_question(body)),
        lambda body: httpx.Response(200, content=replay(body)),
        lambda body: httpx.Response(200, content=refused(body)),
        lambda body: httpx.Response(200, content=stamper.reply(body, NOW)[:-1]),
        lambda _: httpx.Response(200, content=b"<html>"),
        lambda _: httpx.Response(200, content=b""),
        lambda _: httpx.Response(200, content=bytes(70_000)),
        lambda body: httpx.Response(503, content=stamper.reply(body, NOW)),
    ]
    for answer in bad:
        with pytest.raises(TimestampUnavailable):
            _client(monkeypatch, answer).token(DIGEST)


def test_no_connection_is_the_same_kind_of_error() -> None:
    with (
        TimestampClient("http://127.0.0.1:9/tsa", timeout=0.5) as client,
        pytest.raises(TimestampUnavailable),
    ):
        client.token(DIGEST)
