from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from archive.retention import destroyable_from, retain_until

NOW = datetime(2026, 11, 24, 8, 0, 0, 999, tzinfo=UTC)


@dataclass(frozen=True)
class Schedule:
    active_years: int = 2
    inactive_years: int = 3
    disposition: str = "musnah"
    lock_days: int = 30


@pytest.mark.parametrize(("days", "locked"), [(30, 30), (1, 1), (0, 1), (-5, 1)])
def test_the_lock_counts_from_storing_and_is_a_day_at_least(days: int, locked: int) -> None:
    until = retain_until(Schedule(lock_days=days), NOW)
    assert until == NOW.replace(microsecond=0) + timedelta(days=locked)


def test_the_schedule_counts_from_the_end_of_the_rights() -> None:
    assert destroyable_from(Schedule(), date(2026, 11, 24)) == date(2031, 11, 25)
    assert destroyable_from(Schedule(1, 0), date(2028, 2, 29)) == date(2029, 3, 1)


@pytest.mark.parametrize("disposition", ["permanen", "dinilai kembali"])
def test_what_is_permanent_or_to_be_appraised_has_no_day(disposition: str) -> None:
    assert destroyable_from(Schedule(disposition=disposition), date(2026, 1, 1)) is None
    assert destroyable_from(Schedule(), None) is None
