"""Every error becomes a problem, and no problem tells what is inside."""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api import problems
from api.errors import ApiError, Busy, TooMany, Unknown
from archive.errors import DatabaseUnavailable, StaleRevision
from esign.errors import RenderError
from office.errors import LockedOut, LoginRefused, NotAllowed
from permits.errors import InvalidFacts, Problem

ROOMS = ("api", "office", "esign", "archive", "search", "permits", "certs")


def error_classes() -> list[type[Exception]]:
    modules = [importlib.import_module(f"{room}.errors") for room in ROOMS]
    found = [c for m in modules for c in vars(m).values() if isinstance(c, type) and issubclass(c, Exception)]
    return sorted(set(found), key=lambda c: (c.__module__, c.__name__))


def request(path: str) -> Request:
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [],
        "server": ("h", 80),
    }
    return Request(scope | {"state": {"request_id": "0123456789abcdef"}})


@pytest.mark.parametrize("kind", error_classes(), ids=lambda c: f"{c.__module__}.{c.__name__}")
def test_every_error_class_of_every_room_has_a_row_of_its_own(kind: type[Exception]) -> None:
    assert kind in problems.TABLE


def test_names_and_statuses_are_stable_and_fit_together() -> None:
    statuses: dict[str, set[int]] = {}
    for row in problems.TABLE.values():
        assert row.name == row.name.lower().replace("_", "-")
        assert 400 <= row.status < 600
        assert row.title
        statuses.setdefault(row.name, set()).add(row.status)
    assert all(len(found) == 1 for found in statuses.values()), "one name, one status"


def test_what_may_be_tried_again_says_when() -> None:
    for row in problems.TABLE.values():
        assert (row.retry_after is not None) == (row.status in {429, 503})


def test_a_problem_document_has_the_members_of_rfc_9457() -> None:
    response = problems.respond(request("/api/v1/permits"), NotAllowed())
    told = json.loads(bytes(response.body))
    assert response.status_code == told["status"] == 403
    assert response.headers["content-type"] == "application/problem+json"
    assert told["type"] == "urn:sahih:problem:not-allowed"
    assert told["title"]
    assert "wewenang" in told["detail"]


@pytest.mark.parametrize(
    "error",
    [
        DatabaseUnavailable("connection to server at 10.0.0.7 failed: password of user sahih"),
        StaleRevision(uuid4(), 3, 4),
        RenderError("glyph U+1F600 not in Arimo, line 12 of permit.typ"),
        KeyError("3171234567890001"),
        HTTPException(500, "secret"),
        HTTPException(400, "secret"),
    ],
    ids=lambda e: type(e).__name__,
)
def test_internals_are_stripped(error: Exception) -> None:
    told = json.dumps(problems.document(error), ensure_ascii=False)
    for inside in ("10.0.0.7", "revision", "permit.typ", "3171234567890001", "secret"):
        assert inside not in told


def test_an_unforeseen_error_is_our_fault_and_names_the_request() -> None:
    told = problems.document(ZeroDivisionError("x"), "0123456789abcdef")
    assert told["status"] == 500
    assert told["instance"] == "urn:sahih:request:0123456789abcdef"


def test_a_class_below_a_known_one_is_told_like_it() -> None:
    class Stranger(LoginRefused):
        pass

    assert problems.row_for(Stranger()).name == "login-refused"
    assert problems.row_for(type("Other", (ApiError,), {})()).status == 500


def test_wrong_facts_are_told_field_by_field() -> None:
    told = problems.document(InvalidFacts((Problem("nik", "Harus 16 angka."),)))
    assert told["status"] == 422
    assert told["errors"] == [{"field": "nik", "message": "Harus 16 angka."}]


def test_wrong_requests_are_told_in_indonesian_without_what_was_typed() -> None:
    error = RequestValidationError(
        [
            {"type": "missing", "loc": ("body", "facts"), "msg": "Field required", "input": {"nik": "3171"}},
            {"type": "odd", "loc": ("body", "x", 3), "msg": "rahasia", "input": "rahasia"},
        ]
    )
    told = problems.document(error)
    assert told["errors"] == [
        {"field": "facts", "message": "Wajib diisi."},
        {"field": "x.3", "message": "Nilai ini tidak sesuai."},
    ]


def test_retry_after_is_whole_seconds_rounded_up() -> None:
    assert problems.headers(TooMany(0.2))["Retry-After"] == "1"
    assert problems.headers(Busy(2.1))["Retry-After"] == "3"
    assert "Retry-After" in problems.headers(LockedOut(datetime.now(UTC)))


def test_a_refused_login_says_how_to_authenticate() -> None:
    assert problems.headers(LoginRefused())["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_method_keeps_its_allow_header() -> None:
    error = HTTPException(405, headers={"Allow": "GET"})
    assert problems.headers(error)["Allow"] == "GET"
    assert problems.document(error)["type"] == "urn:sahih:problem:method-not-allowed"


@pytest.mark.parametrize(
    ("path", "json_wanted"),
    [
        ("/api", True),
        ("/api/v1/nothing", True),
        ("/.well-known/sahih-seal-keys.json", True),
        ("/readyz", True),
        ("/", False),
        ("/apian", False),
        ("/v/ABC", False),
    ],
)
def test_programs_get_problems_and_people_get_pages(path: str, json_wanted: bool) -> None:
    assert problems.wants_json(path) is json_wanted


def test_an_unknown_address_below_api_is_a_problem() -> None:
    response = problems.respond(request("/api/nothing"), HTTPException(404))
    assert json.loads(bytes(response.body))["type"] == "urn:sahih:problem:not-found"
    assert problems.document(Unknown("Kode ini tidak ada."))["detail"] == "Kode ini tidak ada."
