"""Readiness tells which part fails, soon, and cannot be used to wear the parts out."""

from __future__ import annotations

import threading

import pytest

from api import health
from archive.errors import DatabaseUnavailable
from office.errors import Unavailable


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def fine() -> None:
    return None


def test_each_part_is_told_apart() -> None:
    def broken() -> None:
        raise DatabaseUnavailable("no")

    def refused() -> None:
        raise Unavailable

    def absent() -> None:
        raise FileNotFoundError

    readiness = health.Readiness({"a": fine, "b": broken, "c": refused, "d": absent})
    assert readiness.parts() == {"a": True, "b": False, "c": False, "d": False}
    readiness.close()


def test_a_part_that_hangs_is_not_ready_and_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE_S", 0.05)
    let_go = threading.Event()
    readiness = health.Readiness({"hangs": lambda: let_go.wait(30), "fine": fine})
    assert readiness.parts() == {"hangs": False, "fine": True}
    let_go.set()
    readiness.close()


def test_many_askers_cost_the_parts_one_question_a_second() -> None:
    clock, asked = Clock(), []
    readiness = health.Readiness({"a": lambda: asked.append(1)}, clock)
    for _ in range(50):
        readiness.parts()
    assert len(asked) == 1
    clock.now += 1.0
    readiness.parts()
    assert len(asked) == 2
    readiness.close()
