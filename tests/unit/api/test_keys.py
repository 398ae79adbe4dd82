"""A key cannot be guessed, is not kept, and has no scope for signing."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest

from api.keys import hash_of, key_of, new_secret
from api.scopes import Scope
from office.context import Office


def test_a_key_has_256_random_bits_in_a_form_that_scanners_can_find() -> None:
    made = {new_secret() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"sahih_[a-z2-7]{52}", secret) for secret in made)


def test_what_is_kept_does_not_hold_the_key() -> None:
    secret = new_secret()
    assert len(hash_of(secret)) == 32
    assert secret.encode() not in hash_of(secret)
    assert hash_of(secret) != hash_of(new_secret())


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "sahih_",
        "Bearer x",
        "sahih_" + "A" * 52,
        "sahih_" + "a" * 51,
        "sahih_" + "a" * 53,
        "x" * 10_000,
        "\x00",
    ],
)
def test_what_is_no_key_never_reaches_the_database(secret: str) -> None:
    class NoOffice:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(name)

    assert key_of(cast("Office", NoOffice()), secret) is None


def test_no_scope_lets_a_key_sign() -> None:
    assert {scope.value for scope in Scope} == {"draft", "submit", "read", "revoke"}
