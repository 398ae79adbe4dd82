"""Dates, numbers and codes read as people here write them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from api.web import format as fmt

MAKASSAR = ZoneInfo("Asia/Makassar")


def test_a_moment_is_told_in_the_offices_zone():
    utc = datetime(2026, 11, 23, 6, 5, tzinfo=UTC)
    assert fmt.moment(utc, MAKASSAR) == "23 November 2026 14.05 WITA"
    assert fmt.moment(utc, MAKASSAR, "en") == "23 November 2026 14:05 WITA"


def test_a_moment_late_in_the_day_belongs_to_the_next_one_here():
    assert fmt.moment(datetime(2026, 12, 31, 17, 0, tzinfo=UTC), MAKASSAR) == "1 Januari 2027 01.00 WITA"


def test_days():
    assert fmt.day(date(2026, 8, 17)) == "17 Agustus 2026"
    assert fmt.short_day(date(2026, 8, 17)) == "17 Agu 2026"
    assert fmt.day(None) == fmt.short_day(None) == fmt.moment(None, MAKASSAR) == ""


@pytest.mark.parametrize(("value", "text"), [(1_250_000, "1.250.000"), (24.5, "24,5"), (0, "0")])
def test_numbers(value, text):
    assert fmt.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 B"), (999, "999 B"), (45_211, "45,2 KB"), (20_000_000, "20 MB")]
)
def test_sizes(value, text):
    assert fmt.size(value) == text
