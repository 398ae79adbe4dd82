from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.words import MAX_WORDS, clean, fold, mark_words, number_key, parse, sound


def test_text_and_query_fold_alike() -> None:
    assert fold("Kafé SÉROJA yang indah, No. 007") == "kafe seroja indah no 007 7"
    assert parse("yang KAFÉ séroja").words == ("kafe", "seroja")


def test_a_number_needs_no_separators() -> None:
    assert number_key("503/0042/SKTU/DPMPTSP/2026") == "5030042sktudpmptsp2026"
    assert parse("503 0042").compact == "5030042"


@pytest.mark.parametrize("typed", ["siti", "a1", "", "///"])
def test_what_is_no_piece_of_a_number_is_not_sought_as_one(typed: str) -> None:
    assert parse(typed).compact is None


def test_stop_words_are_kept_when_there_is_nothing_else() -> None:
    assert parse("dan yang").words == ("dan", "yang")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("soekarno", "sukarno"),
        ("djoko", "joko"),
        ("noor", "nur"),
        ("mochammad", "muhamad"),
        ("achmad", "ahmad"),
    ],
)
def test_spellings_of_a_name_meet(one: str, other: str) -> None:
    assert sound(one) == sound(other)


def test_marks_stand_round_what_was_typed() -> None:
    assert mark_words("503/0042/SKTU · Siti", parse("42 siti")) == "503/\x020042\x03/SKTU · \x02Siti\x03"


@given(st.text(alphabet=st.characters(), max_size=3000))
def test_whatever_is_typed_becomes_few_plain_words(typed: str) -> None:
    words = parse(typed)
    assert len(words.words) <= MAX_WORDS
    assert all(word.isalnum() for word in words.words)
    assert "\x00" not in clean(typed)
    clean(typed).encode()
    mark_words(typed, words)
