"""The SQL of the PostgreSQL index. Its table is made by the archive's migrations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR

from search.errors import BadQuery
from search.paging import Key, Mark
from search.ports import Query, Sort
from search.words import Words, clean, sound

CONFIG: sa.ColumnElement[Any] = sa.literal_column("'sahih'::regconfig")
START, STOP = "\x02", "\x03"
_HEADLINE = (
    f'StartSel={START}, StopSel={STOP}, MaxFragments=2, MaxWords=16, MinWords=5, FragmentDelimiter=" … "'
)
# A word of so few letters has too few trigrams to tell a typing error from another word: beside longer words
# it need not be found, and a still shorter one must be found as it is.
_SHORT = 3

documents = sa.table(
    "search_document",
    sa.column("permit_id", sa.Uuid),
    sa.column("revision", sa.Integer),
    sa.column("number", sa.Text),
    sa.column("number_key", sa.Text),
    sa.column("serial", sa.Integer),
    sa.column("type_code", sa.Text),
    sa.column("type_title", sa.Text),
    sa.column("state", sa.Text),
    sa.column("applicant", sa.Text),
    sa.column("address", sa.Text),
    sa.column("issued_on", sa.Date),
    sa.column("issued_year", sa.SmallInteger),
    sa.column("valid_until", sa.Date),
    sa.column("signer", sa.Text),
    sa.column("body", sa.Text),
    sa.column("names", sa.Text),
    sa.column("head", TSVECTOR),
    sa.column("words", TSVECTOR),
)
_D = documents.c

# One statement a batch. Weights: number A, applicant and type B, address and fields C, signer D; the pages'
# words match, but do not rank.
PUT = sa.text("""
    INSERT INTO search_document AS old (
        permit_id, revision, number, number_key, serial, type_code, type_title, state, applicant, address,
        issued_on, issued_year, valid_until, signer, body, names, head, words)
    SELECT permit_id, revision, number, number_key, serial, type_code, type_title, state, applicant, address,
        issued_on, issued_year, valid_until, signer, body, names, w.head,
        w.head || to_tsvector('sahih', pages)
    FROM json_to_recordset(CAST(:rows AS json)) AS r (
        permit_id uuid, revision integer, number text, number_key text, serial integer, type_code text,
        type_title text, state text, applicant text, address text, issued_on date, issued_year smallint,
        valid_until date, signer text, body text, names text, a text, b text, c text, d text, pages text),
    LATERAL (SELECT setweight(to_tsvector('sahih', a), 'A') || setweight(to_tsvector('sahih', b), 'B')
        || setweight(to_tsvector('sahih', c), 'C') || setweight(to_tsvector('sahih', d), 'D') AS head) AS w
    ON CONFLICT (permit_id) DO UPDATE SET (
        revision, number, number_key, serial, type_code, type_title, state, applicant, address,
        issued_on, issued_year, valid_until, signer, body, names, head, words)
    = (excluded.revision, excluded.number, excluded.number_key, excluded.serial, excluded.type_code,
        excluded.type_title, excluded.state, excluded.applicant, excluded.address, excluded.issued_on,
        excluded.issued_year, excluded.valid_until, excluded.signer, excluded.body, excluded.names,
        excluded.head, excluded.words)
    WHERE old.revision < excluded.revision
""")
_SHOWN = ("number", "type_code", "type_title", "applicant", "address", "issued_on", "valid_until")


@dataclass(frozen=True)
class Order:
    """A sort: its columns, all in one direction, and how a mark's parts become their values."""

    columns: tuple[sa.ColumnElement[Any], ...]
    descending: bool
    kinds: tuple[type, ...]


def status_on(today: date) -> sa.ColumnElement[str]:
    """Return the expression of what people are told on ``today``."""
    expired = sa.and_(_D.valid_until.is_not(None), _D.valid_until < today)
    return sa.case((_D.state != "signed", _D.state), (expired, "expired"), else_="in_force")


def matches(words: Words, fuzzy: bool) -> list[sa.ColumnElement[bool]]:
    """Return the conditions under which a document has what was typed; every arm has its index."""
    if not words:
        return []
    if fuzzy:
        telling = [word for word in words.words if len(word) > _SHORT or not word.isalpha()]
        return [_word_or_alike(word) for word in telling or words.words]
    found = _D.words.op("@@", is_comparison=True)(_tsquery(words.words, " & "))
    if words.compact is None:
        return [found]
    return [sa.or_(found, _D.number_key.contains(words.compact, autoescape=True))]


def fences(query: Query) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that facets never lift: the person's rights and the dates."""
    out: list[sa.ColumnElement[bool]] = []
    if query.types is not None:
        out.append(_D.type_code.in_(sorted(clean(code) for code in query.types)))
    if query.since is not None:
        out.append(_D.issued_on >= query.since)
    if query.until is not None:
        out.append(_D.issued_on <= query.until)
    return out


def cube(query: Query, words: Words, fuzzy: bool) -> sa.Select[Any]:
    """Count by type, year and status at once: every facet and the total are sums of its few rows."""
    status = status_on(query.today).label("status")
    return (
        sa.select(_D.type_code, _D.issued_year, status, sa.func.count().label("many"))
        .where(*fences(query), *matches(words, fuzzy))
        .group_by(_D.type_code, _D.issued_year, sa.literal_column("status"))
    )


def order_of(sort: Sort, words: Words, fuzzy: bool) -> Order:
    """Return how a page is ordered; relevance without words is newest first."""
    if sort is Sort.NUMBER:
        columns = (_D.type_code, _D.issued_year, _D.serial, _D.permit_id)
        return Order(columns, descending=False, kinds=(str, int, int, str))
    if sort is Sort.RELEVANCE and words:
        return Order((_score(words, fuzzy), _D.issued_on, _D.permit_id), True, (int, int, str))
    return Order((_D.issued_on, _D.permit_id), sort is not Sort.OLDEST, (int, str))


def page(query: Query, words: Words, mark: Mark | None, fuzzy: bool, limit: int) -> sa.Select[Any]:
    """Return the statement of one page; highlights are cut only for the hits that it holds."""
    order = order_of(query.sort, words, fuzzy)
    keys = [column.label(f"key{i}") for i, column in enumerate(order.columns)]
    status = status_on(query.today)
    inner = sa.select(_D.permit_id, status.label("status"), _score(words, fuzzy).label("score"), *keys)
    inner = inner.where(*fences(query), *matches(words, fuzzy))
    if query.type_code is not None:
        inner = inner.where(_D.type_code == clean(query.type_code))
    if query.year is not None:
        inner = inner.where(_D.issued_year == (query.year if 0 < query.year < 10_000 else -1))
    if query.status is not None:
        inner = inner.where(status == clean(query.status))
    if mark is not None:
        here, there = sa.tuple_(*order.columns), sa.tuple_(*_values(order, mark.key))
        inner = inner.where(here < there if order.descending else here > there)
    direction = sa.desc if order.descending else sa.asc
    found = inner.order_by(*map(direction, order.columns)).limit(limit).subquery("found")
    highlight = sa.func.ts_headline(CONFIG, _D.body, _tsquery(words.words, " | "), _HEADLINE)
    shown = [_D[name] for name in _SHOWN]
    outer = sa.select(found, *shown, (highlight if words else sa.literal("")).label("highlight"))
    joined = outer.join(documents, _D.permit_id == found.c.permit_id)
    return joined.order_by(*(direction(found.c[key.name]) for key in keys))


def _tsquery(words: Sequence[str], joint: str) -> sa.ColumnElement[Any]:
    """Words are folded to letters and digits, so no operator of the query language can be among them."""
    parts = (f"{word}:*" if len(word) >= 3 and not word.isdecimal() else word for word in words)
    return sa.func.to_tsquery(CONFIG, joint.join(parts))


def _word_or_alike(word: str) -> sa.ColumnElement[bool]:
    found = _D.words.op("@@", is_comparison=True)(_tsquery((word,), ""))
    heard = sound(word)
    if len(heard) < 3 or not heard.isalpha():
        return found
    return sa.or_(found, _D.names.op("%>", is_comparison=True)(heard))


def _score(words: Words, fuzzy: bool) -> sa.ColumnElement[int]:
    """Return the score in millionths, a whole number, so that a mark compares exactly."""
    if not words:
        return sa.literal(0, sa.BigInteger)
    score: sa.ColumnElement[Any] = sa.func.ts_rank(_D.head, _tsquery(words.words, " | "))
    if fuzzy:
        score += sa.func.word_similarity(" ".join(map(sound, words.words)), _D.names)
    if words.compact is not None:
        exact, part = _D.number_key == words.compact, _D.number_key.contains(words.compact, autoescape=True)
        score += sa.case((exact, 9.0), (part, 1.0), else_=0.0)
    return sa.cast(sa.func.round(sa.cast(score * 1_000_000, sa.Numeric)), sa.BigInteger)


def _values(order: Order, key: Key) -> list[sa.ColumnElement[Any]]:
    out: list[sa.ColumnElement[Any]] = []
    try:
        for column, part in zip(order.columns, key, strict=True):
            if column is _D.issued_on:
                out.append(sa.literal(date.fromordinal(int(part)), sa.Date))
            elif column is _D.permit_id:
                out.append(sa.literal(UUID(str(part)), sa.Uuid))
            elif isinstance(part, int):
                out.append(sa.literal(min(max(part, -(2**31)), 2**31 - 1), sa.BigInteger))
            else:
                out.append(sa.literal(clean(part), sa.Text))
    except (ValueError, OverflowError) as error:
        raise BadQuery("the paging mark is not one of ours") from error
    return out
