"""The port: what any index promises. Adapters: postgres.py (and, in its own time, elastic.py).

Promises: derived and rebuildable, never the truth; ``put`` is idempotent and ordered by
``Document.revision`` (an older revision never overwrites a newer one); ``search`` never raises on what a
person typed; pages are stable while nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Document:
    """One permit as search sees it. ``fields`` are label -> text; ``pages`` the PDF's text, page by page."""

    permit_id: UUID
    revision: int
    number: str
    serial: int
    type_code: str
    type_title: str
    state: str
    applicant: str
    address: str
    issued_on: date
    valid_until: date | None
    signer: str
    fields: Mapping[str, str] = field(default_factory=dict)
    pages: tuple[str, ...] = ()


class Sort(StrEnum):
    """Order of hits."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"
    NUMBER = "number"


@dataclass(frozen=True)
class Query:
    """What is wanted. ``types``, when not None, is a fence the caller sets from the person's rights.

    ``today`` is the office's calendar day: "expired" is computed against it. ``after`` is the ``next``
    mark of the page before; ``limit`` 1 to 200.
    """

    today: date
    words: str = ""
    types: frozenset[str] | None = None
    type_code: str | None = None
    year: int | None = None
    status: str | None = None
    since: date | None = None
    until: date | None = None
    sort: Sort = Sort.RELEVANCE
    limit: int = 25
    after: str | None = None


@dataclass(frozen=True)
class Hit:
    """One permit found. ``highlight`` is plain text in which matches stand between U+0002 and U+0003."""

    permit_id: UUID
    number: str
    type_code: str
    type_title: str
    status: str
    applicant: str
    address: str
    issued_on: date
    valid_until: date | None
    highlight: str
    score: float


@dataclass(frozen=True)
class Hits:
    """A page of hits. ``facets``: name (type, year, status) -> value -> count under the other filters."""

    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, Mapping[str, int]]
    next: str | None = None


class Index(Protocol):
    """An index of permits."""

    def put(self, documents: Iterable[Document]) -> int:
        """Add or renew documents; returns how many were newer than what was there.

        Raises:
            IndexUnavailable: nothing or only a part was taken; put again, it does no harm.
        """

    def remove(self, permit_ids: Iterable[UUID]) -> None:
        """Forget permits; unknown ones are no error."""

    def search(self, query: Query) -> Hits:
        """Find. Never raises on what a person typed.

        Raises:
            IndexUnavailable: the engine cannot answer.
            BadQuery: ``after`` is not a mark of ours.
        """

    def revisions(self) -> Iterable[tuple[UUID, int]]:
        """Yield every permit the index holds with its revision, for the audit."""
