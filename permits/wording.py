"""Dates and numbers as Indonesian letters write them."""

from __future__ import annotations

from datetime import date

MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def day_in_words(day: date) -> str:
    """Return ``23 November 2026``."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def grouped(number: float) -> str:
    """Return ``1.250.000`` or ``2,5``: dots between thousands, a comma before decimals."""
    whole, _, rest = f"{number:,}".partition(".")
    rest = rest.rstrip("0")
    return whole.replace(",", ".") + (f",{rest}" if rest else "")


def rupiah(amount: int) -> str:
    """Return ``Rp1.250.000``, as EYD writes it: no space, no decimals."""
    return f"Rp{grouped(amount)}"
