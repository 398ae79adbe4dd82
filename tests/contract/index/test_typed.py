"""What any index promises (search.ports.Index): nothing that a person types raises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest

from search.ports import Document, Index, Query, Sort

TODAY = date(2026, 11, 24)
SPACE = UUID("6f1c2f0e-5d0f-4f0e-9a57-1f2e3d4c5b6a")


TYPED = [
    "\x00",
    "a\x00b",
    "'",
    '"',
    "''; DROP TABLE permit; --",
    "siti & | ! <-> ( :* )",
    "siti:*",
    "!siti",
    "(((((",
    "\\",
    "%",
    "%%%",
    "___",
    "\\%_",
    "AND OR NOT",
    "*:*",
    "<script>alert(1)</script>",
    "\ud800 siti",
    "\u202esiti",
    "🏛️",
    "ش‎ركة",
    "中文",
    "ﬁn",
    "0",
    "000",
    "-1",
    "1e999999",
    "9" * 400,
    "a" * 10_000,
    "a " * 5_000,
    "siti " * 2_000,
    "dan yang di",
    "/" * 1_000,
    "\n\t\r",
    "İ ı ß",
    "a\u0301" * 500,
    "{0} %s %(x)s :name",
]


@pytest.mark.parametrize("typed", TYPED, ids=range(len(TYPED)))
def test_nothing_that_a_person_types_raises(index: Index, typed: str, doc: Callable[..., Document]) -> None:
    index.put([doc(1)])
    for sort in Sort:
        index.search(Query(TODAY, typed, sort=sort, limit=5))
    index.search(Query(TODAY, "siti", type_code=typed, status=typed, types=frozenset({typed})))


def test_odd_limits_and_years_do_no_harm(index: Index, doc: Callable[..., Document]) -> None:
    index.put([doc(1), doc(2)])
    for limit in (-5, 0, 10**9):
        assert index.search(Query(TODAY, limit=limit)).hits
    for year in (0, -1, 10**30):
        assert index.search(Query(TODAY, year=year)).total == 0
