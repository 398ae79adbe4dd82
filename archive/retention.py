"""How long a permit is kept: the object's lock, and the schedule of records (jadwal retensi arsip).

Two different things. The *lock* is what the object store enforces against everybody, from the day on which
a version is stored; it cannot be shortened, so a trial keeps it short. The *schedule* says when a record
may be destroyed at the earliest: its clock starts when the record's rights end.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Protocol


class Schedule(Protocol):
    """What a retention class says; ``permits.profile.RetentionClass`` fits."""

    @property
    def active_years(self) -> int:
        """Years in the office's own files after the rights have ended."""

    @property
    def inactive_years(self) -> int:
        """Years in the records centre after that."""

    @property
    def disposition(self) -> str:
        """What follows: ``musnah``, ``permanen`` or ``dinilai kembali``."""

    @property
    def lock_days(self) -> int:
        """Days during which the object store refuses to delete a stored version."""


def retain_until(schedule: Schedule, stored_at: datetime) -> datetime:
    """Return until when a version stored at ``stored_at`` (aware) is locked: a day at least."""
    lock = timedelta(days=max(schedule.lock_days, 1))
    return (stored_at + lock).replace(microsecond=0)


def destroyable_from(schedule: Schedule, ended_on: date | None) -> date | None:
    """Return the first day on which the record may be destroyed.

    Args:
        schedule: the retention class.
        ended_on: the day on which its rights ended (expired, revoked, replaced); None: they have not.

    Returns:
        The day; None when there is none: still in force, permanent, or to be appraised by a person.
    """
    if ended_on is None or schedule.disposition != "musnah":
        return None
    year = ended_on.year + schedule.active_years + schedule.inactive_years
    try:
        kept_to = ended_on.replace(year=year)
    except ValueError:  # 29 February, in a year without one
        kept_to = date(year, 2, 28)
    return kept_to + timedelta(days=1)
