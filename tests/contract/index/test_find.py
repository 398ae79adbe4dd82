"""What any index promises (search.ports.Index): what is found, marked and ranked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest

from search.ports import Document, Index, Query, Sort

TODAY = date(2026, 11, 24)
SPACE = UUID("6f1c2f0e-5d0f-4f0e-9a57-1f2e3d4c5b6a")


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
def test_a_number_is_found_however_it_is_typed(
    index: Index, typed: str, doc: Callable[..., Document]
) -> None:
    index.put([doc(n) for n in (4, 41, 42, 43, 420, 142)])
    assert numbers(index, typed)[0] == "503/0042/SKTU/DPMPTSP/2026"


def test_a_whole_number_finds_only_its_permit(index: Index, doc: Callable[..., Document]) -> None:
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
def test_words_of_any_field_and_page_are_found_and_typing_errors_forgiven(
    index: Index, typed: str, doc: Callable[..., Document]
) -> None:
    wanted = doc(
        7,
        applicant="Muhammad Noor Hidayatullah",
        address="Gang Sepakat, Kelayan Timur",
        fields={"Nama usaha": "Warung Éksport Bahari", "Kegiatan": "perdagangan eceran"},
        pages=("Halaman pertama.", "Halaman kedua, lampiran."),
    )
    index.put([wanted, *(doc(n) for n in range(8, 30))])
    assert numbers(index, typed) == [wanted.number]


def test_stop_words_alone_find_no_more_than_they_must(index: Index, doc: Callable[..., Document]) -> None:
    index.put([doc(1, applicant="PT Untuk Semua"), doc(2)])
    assert numbers(index, "untuk") == [doc(1).number]


def test_words_that_are_nowhere_find_nothing(index: Index, doc: Callable[..., Document]) -> None:
    index.put([doc(1)])
    found = index.search(Query(TODAY, "xylofonkwartet"))
    assert (found.hits, found.total, found.next) == ((), 0, None)


def test_what_is_not_typed_finds_everything_newest_first(index: Index, doc: Callable[..., Document]) -> None:
    index.put([doc(1), doc(2), doc(3)])
    assert [n[4:8] for n in numbers(index, "")] == ["0003", "0002", "0001"]
    assert [n[4:8] for n in numbers(index, "", sort=Sort.OLDEST)] == ["0001", "0002", "0003"]


def test_the_best_match_stands_first(index: Index, doc: Callable[..., Document]) -> None:
    index.put([doc(1, fields={"Catatan": "dekat rumah Budi"}), doc(2, applicant="Budi Santoso"), doc(3)])
    found = index.search(Query(TODAY, "budi"))
    assert [hit.number for hit in found.hits] == [doc(2).number, doc(1).number]
    assert found.hits[0].score > found.hits[1].score


def test_highlights_stand_between_their_marks(index: Index, doc: Callable[..., Document]) -> None:
    index.put([doc(1, applicant="Budi \x02Santoso\x03", pages=("Usaha <b>bengkel</b> motor.",))])
    (hit,) = index.search(Query(TODAY, "bengkel")).hits
    assert "\x02bengkel\x03" in hit.highlight
    (hit,) = index.search(Query(TODAY, "0001")).hits
    assert "\x020001\x03" in hit.highlight
    (hit,) = index.search(Query(TODAY, "Santosa")).hits
    assert "\x02Santoso\x03" not in hit.highlight


def test_an_accented_word_is_highlighted_for_a_plain_one(index: Index, doc: Callable[..., Document]) -> None:
    index.put([doc(1, fields={"Nama usaha": "Kafé Séroja"})])
    (hit,) = index.search(Query(TODAY, "kafe")).hits
    assert "\x02Kafé\x03" in hit.highlight


def test_status_follows_from_today(index: Index, doc: Callable[..., Document]) -> None:
    ends = TODAY.replace(day=24)
    index.put([doc(1, valid_until=ends), doc(2, valid_until=None), doc(3, state="revoked", valid_until=ends)])

    def of(day: date) -> dict[str, str]:
        return {hit.number[4:8]: hit.status for hit in index.search(Query(day)).hits}

    assert of(ends) == {"0001": "in_force", "0002": "in_force", "0003": "revoked"}
    tomorrow = ends.replace(day=25)
    assert of(tomorrow) == {"0001": "expired", "0002": "in_force", "0003": "revoked"}
    assert [h.number for h in index.search(Query(tomorrow, status="expired")).hits] == [doc(1).number]
