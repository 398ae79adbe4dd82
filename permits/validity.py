"""How long a permit holds: a fixed term, until a day among its facts, or as long as the activity lasts."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from permits.errors import InvalidFacts, Problem

KINDS = ("fixed", "until", "activity")


@dataclass(frozen=True)
class Validity:
    """The rule of a type. ``until_field`` and ``from_field`` name date fields; ``note`` is printed."""

    kind: str
    years: int = 0
    months: int = 0
    days: int = 0
    until_field: str = ""
    from_field: str = ""
    note: str = ""

    def span(self, facts: Mapping[str, Any], approved_on: date) -> tuple[date, date | None]:
        """Return the first and the last day (inclusive); no last day: as long as the activity lasts.

        A fixed term ends on the same day of the calendar: approved on 24 November 2026 for one year, it
        holds up to and including 24 November 2027; where that month is too short, on its last day.

        Raises:
            InvalidFacts: the day until which it would hold lies before the approval.
        """
        begin = approved_on
        if self.from_field and self.from_field in facts:
            begin = max(approved_on, date.fromisoformat(facts[self.from_field]))
        if self.kind == "activity":
            return begin, None
        if self.kind == "fixed":
            return begin, _later(begin, self.years * 12 + self.months) + timedelta(days=self.days)
        end = date.fromisoformat(facts[self.until_field])
        if end < begin:
            raise InvalidFacts((Problem(self.until_field, "Tanggal ini sudah lewat pada hari penetapan."),))
        return begin, end


def _later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
