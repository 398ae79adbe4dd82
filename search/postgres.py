"""The index on PostgreSQL's own full text search and trigrams: the default, and what others fall back to.

Words are matched by stem or by their beginning, numbers also as any piece of them with or without
separators. Only when nothing matches are typing errors in names and addresses forgiven.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import exc

from search import statements
from search.errors import IndexUnavailable
from search.paging import Mark, read_mark, write_mark
from search.ports import Document, Hit, Hits, Index, Query
from search.words import Words, clean, fold, mark_words, number_key, parse, sound, tokens

_BATCH = 200
_MAX_BODY = 20_000
_MAX_PAGES = 100_000
_ALIKE = "0.5"


class PostgresIndex:
    """An index in the table ``search_document`` of the database behind ``engine``; thread-safe."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def put(self, documents: Iterable[Document]) -> int:
        """See ``Index``."""
        newest: dict[UUID, Document] = {}
        for one in documents:
            if one.permit_id not in newest or newest[one.permit_id].revision < one.revision:
                newest[one.permit_id] = one
        # In one order everywhere: two writers of the same documents then never wait for each other.
        rows = [_row(newest[key]) for key in sorted(newest)]
        taken = 0
        with _translated():
            for start in range(0, len(rows), _BATCH):
                batch = json.dumps(rows[start : start + _BATCH])
                with self._engine.begin() as conn:
                    taken += conn.execute(statements.PUT, {"rows": batch}).rowcount
        return taken

    def remove(self, permit_ids: Iterable[UUID]) -> None:
        """See ``Index``."""
        gone = statements.documents.c.permit_id.in_(sorted(set(permit_ids)))
        with _translated(), self._engine.begin() as conn:
            conn.execute(sa.delete(statements.documents).where(gone))

    def search(self, query: Query) -> Hits:
        """See ``Index``."""
        words, limit = parse(query.words), min(max(query.limit, 1), 200)
        order = statements.order_of(query.sort, words, fuzzy=False)
        mark = read_mark(query, order.kinds)
        fuzzy = mark is not None and mark.fuzzy
        with _translated(), self._engine.connect() as conn:
            counts = self._count(conn, query, words, fuzzy)
            if words and not counts and not fuzzy:
                fuzzy = True
                counts = self._count(conn, query, words, fuzzy)
            page = statements.page(query, words, mark, fuzzy, limit + 1)
            rows = conn.execute(page).mappings().all() if counts else []
        total, facets = _facets(query, counts)
        hits = tuple(_hit(row, words) for row in rows[:limit])
        more = None
        if len(rows) > limit:
            last = rows[limit - 1]
            key = tuple(_part(last[f"key{i}"]) for i in range(len(order.columns)))
            more = write_mark(query, Mark(key, fuzzy))
        return Hits(hits, total, facets, more)

    def revisions(self) -> Iterator[tuple[UUID, int]]:
        """See ``Index``."""
        column, after = statements.documents.c, UUID(int=0)
        select = sa.select(column.permit_id, column.revision).order_by(column.permit_id).limit(5000)
        while True:
            with _translated(), self._engine.connect() as conn:
                rows = conn.execute(select.where(column.permit_id > after)).all()
            yield from ((row.permit_id, row.revision) for row in rows)
            if not rows:
                return
            after = rows[-1].permit_id

    @staticmethod
    def _count(
        conn: sa.Connection, query: Query, words: Words, fuzzy: bool
    ) -> list[tuple[str, int, str, int]]:
        if fuzzy:
            setting = "pg_trgm.word_similarity_threshold"
            conn.execute(sa.select(sa.func.set_config(setting, _ALIKE, sa.true())))
        rows = conn.execute(statements.cube(query, words, fuzzy))
        return [(row.type_code, row.issued_year, row.status, row.many) for row in rows]


def _row(document: Document) -> dict[str, Any]:
    fields = [f"{label}: {text}" for label, text in document.fields.items()]
    pages = "\n".join(document.pages)[:_MAX_PAGES]
    body = [document.number, document.type_title, document.applicant, document.address, *fields, pages]
    return {
        "permit_id": str(document.permit_id),
        "revision": document.revision,
        "number": clean(document.number),
        "number_key": number_key(document.number),
        "serial": document.serial,
        "type_code": document.type_code,
        "type_title": clean(document.type_title),
        "state": document.state,
        "applicant": clean(document.applicant),
        "address": clean(document.address),
        "issued_on": document.issued_on.isoformat(),
        "issued_year": document.issued_on.year,
        "valid_until": document.valid_until.isoformat() if document.valid_until else None,
        "signer": clean(document.signer),
        "body": " ".join(clean(" · ".join(body)).split())[:_MAX_BODY],
        "names": " ".join(map(sound, tokens(f"{document.applicant} {document.address}")))[:_MAX_BODY],
        "a": fold(document.number),
        "b": fold(f"{document.applicant} {document.type_title}")[:_MAX_PAGES],
        "c": fold(" ".join([document.address, *fields]))[:_MAX_PAGES],
        "d": fold(document.signer)[:_MAX_PAGES],
        "pages": fold(pages)[:_MAX_PAGES],
    }


def _hit(row: sa.RowMapping, words: Words) -> Hit:
    highlight: str = row["highlight"]
    if statements.START not in highlight:
        highlight = mark_words(f"{row['number']} · {row['applicant']} · {row['address']}", words)
    return Hit(
        permit_id=row["permit_id"],
        number=row["number"],
        type_code=row["type_code"],
        type_title=row["type_title"],
        status=row["status"],
        applicant=row["applicant"],
        address=row["address"],
        issued_on=row["issued_on"],
        valid_until=row["valid_until"],
        highlight=highlight,
        score=row["score"] / 1_000_000,
    )


def _facets(
    query: Query, counts: list[tuple[str, int, str, int]]
) -> tuple[int, Mapping[str, Mapping[str, int]]]:
    """Sum the cube: each facet under the other filters, never under its own."""
    total = 0
    facets: dict[str, Counter[str]] = {"type": Counter(), "year": Counter(), "status": Counter()}
    for type_code, year, status, many in counts:
        fits_type = query.type_code in {None, type_code}
        fits_year = query.year in {None, year}
        fits_status = query.status in {None, status}
        if fits_year and fits_status:
            facets["type"][type_code] += many
        if fits_type and fits_status:
            facets["year"][str(year)] += many
        if fits_type and fits_year:
            facets["status"][status] += many
        if fits_type and fits_year and fits_status:
            total += many
    return total, {name: dict(counter) for name, counter in facets.items()}


def _part(value: Any) -> int | str:
    if isinstance(value, date):
        return value.toordinal()
    return value if isinstance(value, int) else str(value)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
        raise IndexUnavailable("PostgreSQL cannot answer the search") from error


_: type[Index] = PostgresIndex
