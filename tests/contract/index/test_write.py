"""What any index promises (search.ports.Index): what writers may rely on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import UUID

import pytest

from archive.database import Database
from search.errors import IndexUnavailable
from search.ports import Document, Index, Query
from search.postgres import PostgresIndex

TODAY = date(2026, 11, 24)
SPACE = UUID("6f1c2f0e-5d0f-4f0e-9a57-1f2e3d4c5b6a")


def test_a_document_may_hold_anything(index: Index, doc: Callable[..., Document]) -> None:
    text = "\x00\x02 ' \\ \ud800 " + "panjang sekali " * 60_000
    index.put([doc(1, applicant=text, address=text, fields={text[:50]: text}, pages=(text, "x" * 2_000_000))])
    assert index.search(Query(TODAY, "panjang")).total == 1


def test_an_older_revision_never_overwrites_a_newer(index: Index, doc: Callable[..., Document]) -> None:
    old, new = doc(1, revision=2), doc(1, revision=3, state="revoked")
    assert index.put([old]) == 1
    assert index.put([new, old]) == 1
    assert index.put([old]) == 0
    assert index.put([new]) == 0
    assert [hit.status for hit in index.search(Query(TODAY)).hits] == ["revoked"]
    assert list(index.revisions()) == [(new.permit_id, 3)]


def test_writers_in_any_order_end_with_the_newest(index: Index, doc: Callable[..., Document]) -> None:
    def write(revision: int) -> None:
        documents = [doc(n, revision=revision) for n in range(1, 30)]
        index.put(documents if revision % 2 else documents[::-1])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(1, 25)))
    assert {revision for _, revision in index.revisions()} == {24}


def test_what_is_removed_is_gone_and_unknown_ones_are_no_error(
    index: Index, doc: Callable[..., Document]
) -> None:
    index.put([doc(1), doc(2)])
    index.remove([doc(1).permit_id, doc(9).permit_id])
    index.remove([])
    assert [key for key, _ in index.revisions()] == [doc(2).permit_id]
    assert index.search(Query(TODAY)).total == 1


def test_an_engine_that_is_gone_says_so(doc: Callable[..., Document]) -> None:
    gone = Database("postgresql://sahih:x@127.0.0.1:9/none")
    index = PostgresIndex(gone.engine)
    for ask in (
        lambda: index.search(Query(TODAY)),
        lambda: index.put([doc(1)]),
        lambda: list(index.revisions()),
    ):
        with pytest.raises(IndexUnavailable):
            ask()
    gone.close()
