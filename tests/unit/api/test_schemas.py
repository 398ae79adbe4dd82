"""Requests are strict: what could not be stored, or is not known, is refused before the office sees it."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.schemas import NewDraft, Revision, SearchParams, SignRequest, WithReason, plain

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "facts",
    [
        {"nama": "a\x00b"},
        {"a\x00": 1},
        {"nama": "\ud800"},
        {"luas": float("nan")},
        {"luas": float("inf")},
        {"luas": 10**30},
        {"luas": 1e300},
        {"a": {"b": [{"c": ["\x00"]}]}},
        json.loads("[" * 20 + "]" * 20),
        "teks",
        None,
    ],
)
def test_facts_that_cannot_be_stored_or_digested_are_refused(facts: object) -> None:
    with pytest.raises(ValidationError):
        NewDraft.model_validate({"type": "sktu", "facts": facts})


@given(JSON)
def test_what_passes_can_be_written_as_utf8_json(value: object) -> None:
    try:
        passed = plain(value)
    except ValueError:
        return
    assert "\\u0000" not in json.dumps(passed, allow_nan=False)
    json.dumps(passed, ensure_ascii=False).encode()


def test_honest_facts_pass_unchanged() -> None:
    facts = {
        "nama": "H. Ḥasan Basrī",
        "luas": 12.5,
        "jumlah": 3,
        "alat": ["a", "b"],
        "lain": None,
        "ya": True,
    }
    assert NewDraft.model_validate({"type": "sktu", "facts": facts}).facts == facts


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (NewDraft, {"type": "sktu", "facts": {}, "number": "503/1"}),
        (NewDraft, {"type": "../etc", "facts": {}}),
        (NewDraft, {"type": "sktu", "facts": {}, "batch_key": ""}),
        (NewDraft, {"facts": {}}),
        (Revision, {"facts": {}, "revision": "1"}),
        (Revision, {"facts": {}, "revision": True}),
        (Revision, {"facts": {}, "revision": 0}),
        (WithReason, {"reason": "x"}),
        (WithReason, {"reason": "x" * 501}),
        (WithReason, {"reason": "alasan\x00"}),
        (SignRequest, {"username": "kadis", "passphrase": "x", "items": []}),
        (SignRequest, {"username": "kadis", "passphrase": "x", "items": [{"permit_id": str(uuid4())}]}),
        (
            SignRequest,
            {"username": "", "passphrase": "x", "items": [{"permit_id": str(uuid4()), "digest": "0" * 64}]},
        ),
        (SearchParams, {"limit": "201"}),
        (SearchParams, {"status": "perhaps"}),
        (SearchParams, {"unknown": "1"}),
    ],
)
def test_misuse_is_refused(model: type[NewDraft], body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(body)


def test_an_order_to_sign_names_each_permit_by_its_digest() -> None:
    item = {"permit_id": str(uuid4()), "digest": "a" * 64}
    order = SignRequest.model_validate({"username": "kadis", "passphrase": "kata sandi", "items": [item]})
    assert order.items[0].digest == "a" * 64
    with pytest.raises(ValidationError):
        SignRequest.model_validate(
            {"username": "k", "passphrase": "s", "items": [item | {"digest": "A" * 64}]}
        )
