"""What any index promises (search.ports.Index), asked of each adapter that we have."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import UUID, uuid5

import pytest

from archive.database import Database
from search.errors import BadQuery, IndexUnavailable
from search.ports import Document, Index, Query, Sort
from search.postgres import PostgresIndex

TODAY = date(2026, 11, 24)
SPACE = UUID("6f1c2f0e-5d0f-4f0e-9a57-1f2e3d4c5b6a")


@pytest.fixture(params=["postgres"])
def index(request: pytest.FixtureRequest, database: Database) -> Index:
    assert request.param == "postgres"
    return PostgresIndex(database.engine)


def doc(serial: int, **changes: object) -> Document:
    code = str(changes.get("type_code", "sktu"))
    year = changes.pop("year", 2026)
    base = Document(
        permit_id=uuid5(SPACE, f"{code}-{year}-{serial}"),
        revision=1,
        number=f"503/{serial:04d}/{code.upper()}/DPMPTSP/{year}",
        serial=serial,
        type_code=code,
        type_title={"sktu": "Surat Keterangan Tempat Usaha", "reklame": "Izin Reklame"}.get(code, code),
        state="signed",
        applicant="Siti Rahmawati",
        address="Jalan Lambung Mangkurat Nomor 7, Banjarmasin",
        issued_on=date(year, 3, 1 + serial % 28),
        valid_until=date(year + 1, 3, 1),
        signer="Drs. H. Ahmad Fauzi",
    )
    return dataclasses.replace(base, **changes)


def numbers(index: Index, words: str, **more: object) -> list[str]:
    return [hit.number for hit in index.search(Query(TODAY, words, **more)).hits]


@pytest.mark.parametrize(
    "typed",
    [
        "503/0042/SKTU/DPMPTSP/2026",
        "503 0042 SKTU DPMPTSP 2026",
        "503-0042-sktu-dpmptsp-2026",
        "5030042SKTUDPMPTSP2026",
        "0042",
        "42 sktu",
        "sktu 42",
        "0042/SKTU",
        "042/SKT",
        "  503/0042/SKTU/DPMPTSP/2026\n",
    ],
)
def test_a_number_is_found_however_it_is_typed(index: Index, typed: str) -> None:
    index.put([doc(n) for n in (4, 41, 42, 43, 420, 142)])
    assert numbers(index, typed)[0] == "503/0042/SKTU/DPMPTSP/2026"


def test_a_whole_number_finds_only_its_permit(index: Index) -> None:
    index.put([doc(n) for n in (4, 41, 42, 43)])
    assert numbers(index, "503/0042/SKTU/DPMPTSP/2026") == ["503/0042/SKTU/DPMPTSP/2026"]


@pytest.mark.parametrize(
    "typed",
    [
        "Hidayatullah",
        "hidayat",
        "HIDAYATULLAH noor",
        "Noor Hidayatulah",
        "Nor Hidayatullah",
        "hidyatullah",
        "Muhammad Noor Hidayatullah",
        "Muhamad Nur Hidayatulla",
        "Moehammad Noer Hidajatullah",
        "yang Hidayatullah dan",
        "\N{LATIN SMALL LETTER E WITH ACUTE}kspor",
        "warung",
        "berdagang",
        "Kelayan",
        "Kelayn",
        "halaman kedua",
    ],
)
def test_words_of_any_field_and_page_are_found_and_typing_errors_forgiven(index: Index, typed: str) -> None:
    wanted = doc(
        7,
        applicant="Muhammad Noor Hidayatullah",
        address="Gang Sepakat, Kelayan Timur",
        fields={"Nama usaha": "Warung Éksport Bahari", "Kegiatan": "perdagangan eceran"},
        pages=("Halaman pertama.", "Halaman kedua, lampiran."),
    )
    index.put([wanted, *(doc(n) for n in range(8, 30))])
    assert numbers(index, typed) == [wanted.number]


def test_stop_words_alone_find_no_more_than_they_must(index: Index) -> None:
    index.put([doc(1, applicant="PT Untuk Semua"), doc(2)])
    assert numbers(index, "untuk") == [doc(1).number]


def test_words_that_are_nowhere_find_nothing(index: Index) -> None:
    index.put([doc(1)])
    found = index.search(Query(TODAY, "xylofonkwartet"))
    assert (found.hits, found.total, found.next) == ((), 0, None)


def test_what_is_not_typed_finds_everything_newest_first(index: Index) -> None:
    index.put([doc(1), doc(2), doc(3)])
    assert [n[4:8] for n in numbers(index, "")] == ["0003", "0002", "0001"]
    assert [n[4:8] for n in numbers(index, "", sort=Sort.OLDEST)] == ["0001", "0002", "0003"]


def test_the_best_match_stands_first(index: Index) -> None:
    index.put([doc(1, fields={"Catatan": "dekat rumah Budi"}), doc(2, applicant="Budi Santoso"), doc(3)])
    found = index.search(Query(TODAY, "budi"))
    assert [hit.number for hit in found.hits] == [doc(2).number, doc(1).number]
    assert found.hits[0].score > found.hits[1].score


def test_highlights_stand_between_their_marks(index: Index) -> None:
    index.put([doc(1, applicant="Budi \x02Santoso\x03", pages=("Usaha <b>bengkel</b> motor.",))])
    (hit,) = index.search(Query(TODAY, "bengkel")).hits
    assert "\x02bengkel\x03" in hit.highlight
    (hit,) = index.search(Query(TODAY, "0001")).hits
    assert "\x020001\x03" in hit.highlight
    (hit,) = index.search(Query(TODAY, "Santosa")).hits
    assert "\x02Santoso\x03" not in hit.highlight


def test_an_accented_word_is_highlighted_for_a_plain_one(index: Index) -> None:
    index.put([doc(1, fields={"Nama usaha": "Kafé Séroja"})])
    (hit,) = index.search(Query(TODAY, "kafe")).hits
    assert "\x02Kafé\x03" in hit.highlight


def test_status_follows_from_today(index: Index) -> None:
    ends = TODAY.replace(day=24)
    index.put([doc(1, valid_until=ends), doc(2, valid_until=None), doc(3, state="revoked", valid_until=ends)])

    def of(day: date) -> dict[str, str]:
        return {hit.number[4:8]: hit.status for hit in index.search(Query(day)).hits}

    assert of(ends) == {"0001": "in_force", "0002": "in_force", "0003": "revoked"}
    tomorrow = ends.replace(day=25)
    assert of(tomorrow) == {"0001": "expired", "0002": "in_force", "0003": "revoked"}
    assert [h.number for h in index.search(Query(tomorrow, status="expired")).hits] == [doc(1).number]


def many() -> list[Document]:
    return [
        doc(n, type_code=code, year=year, state="revoked" if n % 5 == 0 else "signed", valid_until=None)
        for code in ("sktu", "reklame", "penelitian")
        for year in (2024, 2025, 2026)
        for n in range(1, 12)
    ]


def test_filters_and_dates_narrow(index: Index) -> None:
    index.put(many())
    found = index.search(Query(TODAY, type_code="reklame", year=2025, status="revoked", limit=200))
    assert found.total == len(found.hits) == 2
    found = index.search(Query(TODAY, since=date(2025, 3, 4), until=date(2025, 3, 6)))
    assert found.total == 9
    assert {hit.issued_on.day for hit in found.hits} == {4, 5, 6}


def test_facets_count_what_a_click_on_them_gives(index: Index) -> None:
    index.put(many())
    base = Query(TODAY, "siti", type_code="reklame", year=2025, status="in_force")
    facets = index.search(base).facets
    fields = {"type": "type_code", "year": "year", "status": "status"}
    for name, field in fields.items():
        assert facets[name]
        for value, count in facets[name].items():
            clicked = dataclasses.replace(base, **{field: int(value) if name == "year" else value})
            assert index.search(clicked).total == count


def test_the_fence_holds_in_hits_totals_and_facets(index: Index) -> None:
    index.put(many())
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
def test_pages_join_without_gap_or_double(index: Index, sort: Sort, words: str) -> None:
    index.put(many())
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


def test_by_number_is_by_series_and_serial(index: Index) -> None:
    index.put(many())
    found = numbers(index, "", sort=Sort.NUMBER, limit=200)
    assert found == sorted(found, key=lambda n: (n.split("/")[2], n.split("/")[4], n.split("/")[1]))


@pytest.mark.parametrize(
    "mark", ["", "x", "AAAA", "bukan tanda", "é", "W10", "bnVsbA", "A" * 5000, "\x00", "[" * 99]
)
def test_a_mark_that_is_not_ours_is_refused(index: Index, mark: str) -> None:
    index.put(many())
    with pytest.raises(BadQuery):
        index.search(Query(TODAY, after=mark))


def test_a_mark_of_another_query_is_refused(index: Index) -> None:
    index.put(many())
    mark = index.search(Query(TODAY, "siti", types=frozenset({"sktu"}))).next
    assert mark is not None
    with pytest.raises(BadQuery):
        index.search(Query(TODAY, "siti", after=mark))


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
def test_nothing_that_a_person_types_raises(index: Index, typed: str) -> None:
    index.put([doc(1)])
    for sort in Sort:
        index.search(Query(TODAY, typed, sort=sort, limit=5))
    index.search(Query(TODAY, "siti", type_code=typed, status=typed, types=frozenset({typed})))


def test_odd_limits_and_years_do_no_harm(index: Index) -> None:
    index.put([doc(1), doc(2)])
    for limit in (-5, 0, 10**9):
        assert index.search(Query(TODAY, limit=limit)).hits
    for year in (0, -1, 10**30):
        assert index.search(Query(TODAY, year=year)).total == 0


def test_a_document_may_hold_anything(index: Index) -> None:
    text = "\x00\x02 ' \\ \ud800 " + "panjang sekali " * 60_000
    index.put([doc(1, applicant=text, address=text, fields={text[:50]: text}, pages=(text, "x" * 2_000_000))])
    assert index.search(Query(TODAY, "panjang")).total == 1


def test_an_older_revision_never_overwrites_a_newer(index: Index) -> None:
    old, new = doc(1, revision=2), doc(1, revision=3, state="revoked")
    assert index.put([old]) == 1
    assert index.put([new, old]) == 1
    assert index.put([old]) == 0
    assert index.put([new]) == 0
    assert [hit.status for hit in index.search(Query(TODAY)).hits] == ["revoked"]
    assert list(index.revisions()) == [(new.permit_id, 3)]


def test_writers_in_any_order_end_with_the_newest(index: Index) -> None:
    def write(revision: int) -> None:
        documents = [doc(n, revision=revision) for n in range(1, 30)]
        index.put(documents if revision % 2 else documents[::-1])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(1, 25)))
    assert {revision for _, revision in index.revisions()} == {24}


def test_what_is_removed_is_gone_and_unknown_ones_are_no_error(index: Index) -> None:
    index.put([doc(1), doc(2)])
    index.remove([doc(1).permit_id, doc(9).permit_id])
    index.remove([])
    assert [key for key, _ in index.revisions()] == [doc(2).permit_id]
    assert index.search(Query(TODAY)).total == 1


def test_an_engine_that_is_gone_says_so() -> None:
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
