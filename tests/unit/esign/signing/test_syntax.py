from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esign.errors import SigningError
from esign.revision import Document, Revision
from esign.syntax import date, read_array, read_dictionary, read_reference, text, value_at


def test_values_keep_their_bytes_whatever_they_hold() -> None:
    raw = b"<</A<</B[1 0 R(a\\)b(c))<4142>]>>/C/Name/D 12 0 R /E true/F -1.5/G(\\\\)>>"
    assert read_dictionary(raw) == {
        b"A": b"<</B[1 0 R(a\\)b(c))<4142>]>>",
        b"C": b"/Name",
        b"D": b"12 0 R",
        b"E": b"true",
        b"F": b"-1.5",
        b"G": b"(\\\\)",
    }
    assert read_array(b"[1 2 0 R[3]/X]") == [b"1", b"2 0 R", b"[3]", b"/X"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<<",
        b"<</A>>",
        b"<</A 1/A 2>>",
        b"<<1 2>>",
        b"<</A(x>>",
        b"<</A[1>>",
        b"[1]",
        b"<</A 1]>>",
        b"<</A %x\n1>>",
    ],
)
def test_broken_dictionaries_are_refused(raw: bytes) -> None:
    with pytest.raises(SigningError):
        read_dictionary(value_at(raw, 0)[0])


@pytest.mark.parametrize("raw", [b"1", b"1 1 R", b"/A", b"1 0 R 2 0 R"])
def test_what_is_no_reference_is_refused(raw: bytes) -> None:
    with pytest.raises(SigningError):
        read_reference(raw)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60))
def test_any_text_is_read_back_by_another_reader(value: str) -> None:
    assert str(pikepdf.Object.parse(text(value))) == value


@given(st.binary(max_size=200))
def test_garbage_ends_in_an_error_or_a_value_and_never_otherwise(data: bytes) -> None:
    for read in (lambda: value_at(data, 0), lambda: read_dictionary(data), lambda: Document(data)):
        try:
            read()
        except SigningError:
            continue


def test_dates_carry_their_offset() -> None:
    moment = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
    assert date(moment) == b"(D:20261124010203+00'00')"
    assert date(moment.astimezone(timezone(timedelta(hours=8)))) == b"(D:20261124090203+08'00')"


def test_an_appended_revision_is_what_another_reader_sees(page: bytes) -> None:
    document = Document(page)
    revision = Revision(document)
    new = revision.add(b"<</Sahih true>>")
    catalog = document.entries(document.root) | {b"Sahih": b"%d 0 R" % new}
    revision.put(document.root, b"<<" + b"".join(b"/%b %b" % item for item in catalog.items()) + b">>")
    data, _ = revision.write()
    assert data.startswith(page)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.Root.Sahih.Sahih
        assert not pdf.check_pdf_syntax()
    again = Document(data)
    assert again.entries(new) == {b"Sahih": b"true"}
    assert again.size == document.size + 1
