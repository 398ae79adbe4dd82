"""Dates, numbers and sizes as people read them: ``23 November 2026 14.05 WITA``, ``1.250.000``."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

_UNITS = ("B", "KB", "MB", "GB")


def day(value: date | None, language: str = "id") -> str:
    """Return a calendar day in words; an empty text for none."""
    if value is None:
        return ""
    return str(format_date(value, "d MMMM y", locale=language))


def short_day(value: date | None, language: str = "id") -> str:
    """Return a calendar day for a table: ``23 Nov 2026``."""
    if value is None:
        return ""
    return str(format_date(value, "d MMM y", locale=language))


def moment(value: datetime | None, zone: ZoneInfo, language: str = "id") -> str:
    """Return an aware point in time in ``zone``, with the zone's name."""
    if value is None:
        return ""
    local = value.astimezone(zone)
    clock = local.strftime("%H.%M" if language == "id" else "%H:%M")
    return f"{day(local.date(), language)} {clock} {local.tzname()}"


def number(value: float, language: str = "id") -> str:
    """Return a number with the language's separators."""
    return str(format_decimal(value, locale=language))


def size(value: int, language: str = "id") -> str:
    """Return a size in bytes, rounded to three digits, in decimal units."""
    amount, unit = float(value), 0
    while amount >= 1000 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    rounded = round(amount, 0 if amount >= 100 or unit == 0 else 1)
    return f"{number(rounded, language)} {_UNITS[unit]}"
