"""What any index promises (search.ports.Index): filters, facets, fences, sorts and pages."""

from __future__ import annotations

import dataclasses
from datetime import date
from uuid import UUID

import pytest

from search.errors import BadQuery
from search.ports import Document, Index, Query, Sort

TODAY = date(2026, 11, 24)
SPACE = UUID("6f1c2f0e-5d0f-4f0e-9a57-1f2e3d4c5b6a")


def numbers(index: Index, words: str, **more: object) -> list[str]:
    return [hit.number for hit in index.search(Query(TODAY, words, **more)).hits]


def test_filters_and_dates_narrow(index: Index, many: list[Document]) -> None:
    index.put(many)
    found = index.search(Query(TODAY, type_code="reklame", year=2025, status="revoked", limit=200))
    assert found.total == len(found.hits) == 2
    found = index.search(Query(TODAY, since=date(2025, 3, 4), until=date(2025, 3, 6)))
    assert found.total == 9
    assert {hit.issued_on.day for hit in found.hits} == {4, 5, 6}


def test_facets_count_what_a_click_on_them_gives(index: Index, many: list[Document]) -> None:
    index.put(many)
    base = Query(TODAY, "siti", type_code="reklame", year=2025, status="in_force")
    facets = index.search(base).facets
    fields = {"type": "type_code", "year": "year", "status": "status"}
    for name, field in fields.items():
        assert facets[name]
        for value, count in facets[name].items():
            clicked = dataclasses.replace(base, **{field: int(value) if name == "year" else value})
            assert index.search(clicked).total == count


def test_the_fence_holds_in_hits_totals_and_facets(index: Index, many: list[Document]) -> None:
    index.put(many)
    for words in ("", "siti", "0003", "sti rahmawti", "reklame"):
        found = index.search(Query(TODAY, words, types=frozenset({"sktu"}), limit=200))
        assert {hit.type_code for hit in found.hits} <= {"sktu"}
        assert set(found.facets["type"]) <= {"sktu"}
        assert found.total == len(found.hits)
    fenced = Query(TODAY, types=frozenset({"sktu"}), type_code="reklame")
    assert index.search(fenced).total == 0
    assert index.search(Query(TODAY, types=frozenset())).total == 0


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("words", ["", "siti", "Sti Rahmawatti"])
def test_pages_join_without_gap_or_double(index: Index, sort: Sort, words: str, many: list[Document]) -> None:
    index.put(many)
    query = Query(TODAY, words, sort=sort, limit=10)
    whole = [hit.permit_id for hit in index.search(dataclasses.replace(query, limit=200)).hits]
    walked: list[UUID] = []
    for _ in range(20):
        found = index.search(query)
        assert found.total == 99
        walked += [hit.permit_id for hit in found.hits]
        if found.next is None:
            break
        query = dataclasses.replace(query, after=found.next)
    assert walked == whole
    assert len(set(walked)) == 99


def test_by_number_is_by_series_and_serial(index: Index, many: list[Document]) -> None:
    index.put(many)
    found = numbers(index, "", sort=Sort.NUMBER, limit=200)
    assert found == sorted(found, key=lambda n: (n.split("/")[2], n.split("/")[4], n.split("/")[1]))


@pytest.mark.parametrize(
    "mark", ["", "x", "AAAA", "bukan tanda", "é", "W10", "bnVsbA", "A" * 5000, "\x00", "[" * 99]
)
def test_a_mark_that_is_not_ours_is_refused(index: Index, mark: str, many: list[Document]) -> None:
    index.put(many)
    with pytest.raises(BadQuery):
        index.search(Query(TODAY, after=mark))


def test_a_mark_of_another_query_is_refused(index: Index, many: list[Document]) -> None:
    index.put(many)
    mark = index.search(Query(TODAY, "siti", types=frozenset({"sktu"}))).next
    assert mark is not None
    with pytest.raises(BadQuery):
        index.search(Query(TODAY, "siti", after=mark))
