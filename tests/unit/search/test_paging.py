from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.errors import BadQuery
from search.paging import Mark, read_mark, write_mark
from search.ports import Query, Sort

QUERY = Query(date(2026, 11, 24), "siti", types=frozenset({"a", "b"}))
MARK = Mark((12, 739000, "x"), fuzzy=True)
KINDS = (int, int, str)


def test_a_mark_comes_back_as_it_was() -> None:
    again = dataclasses.replace(QUERY, after=write_mark(QUERY, MARK), today=date(2026, 11, 25), limit=7)
    assert read_mark(again, KINDS) == MARK


@pytest.mark.parametrize(
    "change",
    [
        {"words": "x"},
        {"types": None},
        {"types": frozenset({"a"})},
        {"year": 1},
        {"sort": Sort.NUMBER},
        {"status": "x"},
    ],
)
def test_a_mark_belongs_to_one_query(change: dict[str, object]) -> None:
    with pytest.raises(BadQuery):
        read_mark(dataclasses.replace(QUERY, after=write_mark(QUERY, MARK), **change), KINDS)


def test_a_mark_of_another_sort_is_refused() -> None:
    with pytest.raises(BadQuery):
        read_mark(dataclasses.replace(QUERY, after=write_mark(QUERY, MARK)), (str, int, str))


@given(st.text(max_size=200))
def test_no_text_does_worse_than_to_be_refused(text: str) -> None:
    with pytest.raises(BadQuery):
        read_mark(dataclasses.replace(QUERY, after=text), KINDS)
