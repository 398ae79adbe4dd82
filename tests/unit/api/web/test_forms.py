"""A form shows facts as people write them, and reads them back as the schema wants them."""

import pytest
from starlette.datastructures import FormData

from api.web import forms
from permits.errors import Problem
from permits.fields import Field


class Kind:
    """A type as far as a form sees it: its fields."""

    fields = (
        Field("nama", "text", "Nama", "Name"),
        Field("alamat", "text", "Alamat", "Address", multiline=True),
        Field("modal", "money", "Modal", "Capital"),
        Field("luas", "number", "Luas", "Area", unit="m²"),
        Field("pekerja", "integer", "Pekerja", "Workers"),
        Field("sewa", "boolean", "Disewa", "Rented"),
        Field("catatan", "text", "Catatan", "", required=False),
    )


FACTS = {
    "nama": "Hj. Siti Rahmah",
    "alamat": "Jalan Veteran\nBanjarmasin",
    "modal": 1_250_000,
    "luas": 24.5,
    "pekerja": 3,
    "sewa": False,
}


def posted(**values):
    return FormData({forms.PREFIX + name: value for name, value in values.items()})


def test_what_is_shown_reads_back_as_the_same_facts():
    shown = forms.values_of(Kind, FACTS)
    assert shown["modal"] == "1.250.000"
    assert shown["luas"] == "24,5"
    assert shown["sewa"] == "tidak"
    assert forms.facts_of(Kind, forms.typed(Kind, posted(**shown))) == FACTS


@pytest.mark.parametrize(
    ("name", "text", "fact"),
    [
        ("modal", "Rp 75.000.000", 75_000_000),
        ("modal", "75000000", 75_000_000),
        ("luas", "1.250", 1250.0),
        ("luas", "2.5", 2.5),
        ("luas", "-3,25", -3.25),
        ("modal", "banyak", "banyak"),
        ("pekerja", "2,5", "2,5"),
        ("pekerja", "٣", "٣"),
        ("luas", "nan", "nan"),
        ("luas", "1e400", "1e400"),
        ("sewa", "mungkin", "mungkin"),
        ("alamat", "Satu\r\nDua ", "Satu\nDua"),
    ],
)
def test_a_value_is_read_or_left_for_the_schema_to_refuse(name, text, fact):
    assert forms.facts_of(Kind, forms.typed(Kind, posted(**{name: text}))) == {name: fact}


def test_an_empty_field_is_left_out_and_an_unknown_one_never_read():
    form = FormData([("isian-nama", "  "), ("isian-peran", "admin"), ("nama", "x")])
    assert forms.facts_of(Kind, forms.typed(Kind, form)) == {}


def test_each_problem_names_its_field_and_leads_to_it():
    problems = (Problem("nama", "Wajib diisi."), Problem("", "Isian tidak lengkap."))
    assert forms.summary(Kind, problems, "id") == [
        {"text": "Nama: Wajib diisi.", "href": "#isian-nama"},
        {"text": "Isian tidak lengkap."},
    ]
    assert forms.summary(Kind, problems, "en")[0]["text"] == "Name: Wajib diisi."


def test_the_form_keeps_what_was_typed_beside_what_is_wrong():
    shown = forms.entries(Kind, {"modal": "banyak"}, (Problem("modal", "Bukan bilangan."),), "id")
    entry = next(e for e in shown if e.field.name == "modal")
    assert (entry.value, entry.error) == ("banyak", "Bukan bilangan.")
    assert [e.field.name for e in shown] == [f.name for f in Kind.fields]
