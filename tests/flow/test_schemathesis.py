"""The interface is what its own description says: every operation, with data in and outside the schema."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

EXAMPLES = 10  # with what the checks send besides, within the rate that one address may ask at


@pytest.fixture(scope="session")
def described(office_up):
    schema = schemathesis.openapi.from_url(f"{office_up.url}/api/v1/openapi.json")
    # 422: a type's own rules for its facts, and letters that cannot be stored, are beyond the description.
    accepted = schema.config.checks.positive_data_acceptance
    accepted.expected_statuses = [*accepted.expected_statuses, "422"]
    # In test_api.py: logging in, which here would only lock accounts; files, which no schema can describe.
    return schema.exclude(path="/api/v1/session").exclude(path="/api/v1/verify")


@pytest.fixture(scope="session")
def key(office_up):
    """An API key that may all that a key may."""
    user, passphrase = office_up.accounts["admin"]
    with office_up.client() as admin:
        opened = admin.post("/api/v1/session", json={"username": user, "passphrase": passphrase})
        wanted = {
            "name": "schemathesis",
            "username": office_up.accounts["kepala_dinas"][0],
            "scopes": ["draft", "submit", "read", "revoke"],
        }
        made = admin.post("/api/v1/keys", json=wanted, headers={"X-CSRF-Token": opened.json()["csrf"]})
        return made.json()["secret"]


def everything(operation):
    """Data that the description allows and, where there is any to send, data that it does not."""
    allowed = operation.as_strategy()
    if not (list(operation.iter_parameters()) or operation.body):
        return allowed
    return st.one_of(allowed, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))


def test_each_operation_keeps_its_word(described, key, subtests):
    # Not schemathesis' own way into pytest: its lazy fixtures reach for what pytest 9.2 no longer has.
    for found in described.get_all_operations():
        operation = found.ok()
        with subtests.test(operation=operation.label):

            @given(case=everything(operation))
            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            def keeps_its_word(case):
                case.call_and_validate(headers={"Authorization": f"Bearer {key}"})

            keeps_its_word()
