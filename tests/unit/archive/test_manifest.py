from __future__ import annotations

import dataclasses
import json
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import ManifestUnreadable
from archive.events import Cursor, Event
from archive.manifest import Manifest, make_manifest, read_manifest, write_manifest
from archive.versions import Version
from permits.permit import Permit, State

NOW = datetime(2026, 11, 24, 8, 0, 0, 123456, tzinfo=UTC)
ID = UUID(int=7)
PERMIT = Permit(
    ID,
    "sktu",
    {"nama": "Siti Ñ", "modal": 1_000_000, "luas": 12.5, "usaha": ["a", {"b": None}]},
    State.REPLACED,
    5,
    NOW,
    "petugas",
    NOW,
    batch_key="line-1",
    number="503/0042/SKTU/DPMPTSP/2026",
    serial=42,
    series_year=2026,
    token="A" * 26,
    approved_on=date(2026, 11, 24),
    valid_from=date(2026, 11, 24),
    signed_at=NOW,
    replaced_by=UUID(int=8),
)
VERSION = Version(
    ID, 1, "0" * 64, "B-T", 9, NOW, "2026/sktu/x.pdf", "v", {"verdict": "genuine"}, visible=True
)
EVENT = Event(3, NOW, ID, "signed", "kadis", {"n": 1}, Cursor(9, 3))


def manifest() -> Manifest:
    hidden = dataclasses.replace(VERSION, n=2, visible=False)
    return make_manifest(PERMIT, [VERSION, hidden], [EVENT])


def test_a_manifest_comes_back_as_it_was_and_the_same_gives_the_same_bytes() -> None:
    data = write_manifest(manifest())
    assert read_manifest(data) == manifest()
    assert write_manifest(read_manifest(data)) == data


def test_versions_not_yet_shown_stay_out() -> None:
    assert manifest().versions == (VERSION,)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schema", "sahih.manifest/2"),
        ("facts_sha256", "0" * 64),
        ("permit", None),
        ("permit", []),
        ("versions", [{"n": 1}]),
        ("events", 7),
    ],
)
def test_a_manifest_that_is_not_one_is_refused(field: str, value: object) -> None:
    body = json.loads(write_manifest(manifest()))
    body[field] = value
    with pytest.raises(ManifestUnreadable):
        read_manifest(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("field", "value"), [("id", "x"), ("state", "lost"), ("signed_at", "noon"), ("facts", {})]
)
def test_a_permit_that_is_not_one_is_refused(field: str, value: object) -> None:
    body = json.loads(write_manifest(manifest()))
    body["permit"][field] = value
    with pytest.raises(ManifestUnreadable):
        read_manifest(json.dumps(body).encode())


@given(st.binary(max_size=300))
def test_no_bytes_do_worse_than_to_be_refused(data: bytes) -> None:
    with pytest.raises(ManifestUnreadable):
        read_manifest(data)
