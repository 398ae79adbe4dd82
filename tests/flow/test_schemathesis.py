"""The interface is what its own description says: every operation, with data in and outside the schema."""

from __future__ import annotations

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings

EXAMPLES = 20


@pytest.fixture(scope="session")
def described(office_up):
    schema = schemathesis.openapi.from_url(f"{office_up.url}/api/v1/openapi.json")
    # Logging in is tried in test_api.py; here it would only lock accounts.
    return schema.exclude(path="/api/v1/session")


@pytest.fixture(scope="session")
def key(office_up):
    """An API key that may all that a key may."""
    user, passphrase = office_up.accounts["admin"]
    with httpx.Client(base_url=f"{office_up.url}/api/v1", timeout=60) as admin:
        opened = admin.post("/session", json={"username": user, "passphrase": passphrase})
        wanted = {
            "name": "schemathesis",
            "username": office_up.accounts["kepala_dinas"][0],
            "scopes": ["draft", "submit", "read", "revoke"],
        }
        made = admin.post("/keys", json=wanted, headers={"X-CSRF-Token": opened.json()["csrf"]})
        return made.json()["secret"]


interface = schemathesis.pytest.from_fixture("described")


@interface.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_each_operation_keeps_its_word(case, key):
    case.call_and_validate(headers={"Authorization": f"Bearer {key}"})
