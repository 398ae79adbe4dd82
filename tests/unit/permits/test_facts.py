"""Bad facts are refused, each with a clear sentence about the right field; good ones are made uniform."""

from __future__ import annotations

import pytest

from permits.catalog import Catalog
from permits.errors import InvalidFacts

KIND = Catalog.load().get("sktu")
REKLAME = Catalog.load().get("reklame")
PENELITIAN = Catalog.load().get("penelitian")

BAD = [
    ({"nik": "123"}, "nik", "16 angka"),
    ({"nik": "63710145078500031"}, "nik", "16 angka"),
    ({"nik": 6371014507850003}, "nik", "teks"),
    ({"nik": "６３７１０１４５０７８５０００３"}, "nik", ""),
    ({"nik": None}, "nik", "teks"),
    ({"nik": ""}, "nik", "Wajib"),
    ({"nama_pemohon": ""}, "nama_pemohon", "Wajib"),
    ({"nama_pemohon": "   "}, "nama_pemohon", "Wajib"),
    ({"nama_pemohon": ["Siti"]}, "nama_pemohon", "teks"),
    ({"nama_pemohon": {"not": ["this"]}}, "nama_pemohon", "teks"),
    ({"nama_pemohon": True}, "nama_pemohon", "teks"),
    ({"nama_pemohon": "A" * 101}, "nama_pemohon", "100"),
    ({"nama_pemohon": "Siti\x00Rahma"}, "nama_pemohon", ""),
    ({"nama_pemohon": "Siti\x1b[31m"}, "nama_pemohon", ""),
    ({"nama_pemohon": "Siti\u202eamhaR"}, "nama_pemohon", ""),
    ({"nama_pemohon": "Siti\u200bRahma"}, "nama_pemohon", ""),
    ({"nama_pemohon": "Siti\ud800"}, "nama_pemohon", ""),
    ({"nama_pemohon": "Siti\nRahma"}, "nama_pemohon", ""),
    ({"telepon": "abc"}, "telepon", "telepon"),
    ({"telepon": "12"}, "telepon", "telepon"),
    ({"kecamatan": "Bekasi"}, "kecamatan", "Pilih"),
    ({"kecamatan": "banjarmasin tengah"}, "kecamatan", "Pilih"),
    ({"luas": "48"}, "luas", "bilangan"),
    ({"luas": 0}, "luas", "kecil"),
    ({"luas": -1}, "luas", "kecil"),
    ({"luas": 10**9}, "luas", "besar"),
    ({"luas": float("inf")}, "luas", ""),
    ({"luas": float("nan")}, "luas", ""),
    ({"luas": True}, "luas", "bilangan"),
    ({"alamat_usaha": "A" * 241}, "alamat_usaha", "240"),
    ({"no_such_field": 1}, "no_such_field", "tidak ada"),
    ({"<script>": "x"}, "<script>", "tidak ada"),
]


@pytest.mark.parametrize(("change", "field", "words"), BAD)
def test_a_bad_fact_is_named_and_explained(change, field, words):
    with pytest.raises(InvalidFacts) as refused:
        KIND.validate(dict(KIND.example) | change)
    (problem,) = [p for p in refused.value.problems if p.field == field]
    assert words in problem.message
    assert len(refused.value.problems) == 1


@pytest.mark.parametrize("name", [f.name for f in KIND.fields if f.required])
def test_a_missing_fact_is_named(name):
    facts = {k: v for k, v in KIND.example.items() if k != name}
    with pytest.raises(InvalidFacts) as refused:
        KIND.validate(facts)
    assert [(p.field, p.message) for p in refused.value.problems] == [(name, "Wajib diisi.")]


@pytest.mark.parametrize("whole", [{}, [], "x", None, 7, [["nik", "1"]]])
def test_what_is_no_set_of_facts_is_refused(whole):
    with pytest.raises(InvalidFacts):
        KIND.validate(whole)


@pytest.mark.parametrize(
    "change",
    [
        {"jumlah": 1.5},
        {"jumlah": "1"},
        {"jumlah": 0},
        {"npwp": "123"},
    ],
)
def test_numbers_of_a_sign_are_checked(change):
    with pytest.raises(InvalidFacts):
        REKLAME.validate(dict(REKLAME.example) | change)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"mulai": "2026-02-30"}, "mulai"),
        ({"mulai": "01-12-2026"}, "mulai"),
        ({"mulai": "2026-12-01T00:00"}, "mulai"),
        ({"mulai": "9999-01-01"}, "mulai"),
        ({"mulai": "2030-01-01", "sampai": "2029-01-01"}, "sampai"),
    ],
)
def test_dates_are_days_that_exist_and_in_order(change, field):
    with pytest.raises(InvalidFacts) as refused:
        PENELITIAN.validate(dict(PENELITIAN.example) | change)
    assert field in {p.field for p in refused.value.problems}


def test_facts_are_made_uniform():
    clean = KIND.validate(
        dict(KIND.example) | {"nama_pemohon": "  Siti   Rahmawati ", "telepon": "0511-336 3811"}
    )
    assert clean["nama_pemohon"] == "Siti Rahmawati"
    assert clean["telepon"] == "05113363811"
    assert KIND.validate(clean) == clean


def test_composed_and_decomposed_letters_are_one():
    assert KIND.validate(dict(KIND.example) | {"nama_pemohon": "Jose\u0301"})["nama_pemohon"] == "Jos\u00e9"
