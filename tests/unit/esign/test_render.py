"""The page: same sheet, same bytes; facts are text and never markup; nothing is lost at the extremes."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from uuid import UUID

import pikepdf
import pypdfium2
import pytest

from esign.errors import RenderError
from esign.render import Renderer, Sheet
from permits.catalog import Catalog
from permits.profile import load_profile

DAY = date(2026, 11, 24)
PROFILE = replace(load_profile(), base_url="https://perizinan.contoh.go.id")
CATALOG = Catalog.load()
RENDERER = Renderer(PROFILE, CATALOG)
_AGAIN = """
import sys; sys.path.insert(0, sys.argv[1])
from test_render import RENDERER, sheet
import hashlib; print(hashlib.sha256(RENDERER.permit(sheet()).pdf).hexdigest())
"""


def sheet(code: str = "sktu", **changes: object) -> Sheet:
    kind = CATALOG.get(code)
    facts = dict(kind.example) | changes
    begin, end = kind.validity_for(facts, DAY)
    return Sheet(
        permit_id=UUID(int=7),
        type_code=code,
        facts=facts,
        number="503/0042/SKTU/DPMPTSP/2026",
        token="ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        url="HTTPS://PERIZINAN.CONTOH.GO.ID/V/ABCDEFGHIJKLMNOPQRSTUVWXYZ#" + "A" * 300,
        approved_on=DAY,
        valid_from=begin,
        valid_until=end,
        signatory=PROFILE.signatories[0],
        replaces_number=None,
        trial=True,
        issuer="trial",
        seal_kid="00" * 8,
    )


def text(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_the_same_sheet_gives_the_same_bytes_in_another_process():
    here = hashlib.sha256(RENDERER.permit(sheet()).pdf).hexdigest()
    done = subprocess.run(
        [sys.executable, "-c", _AGAIN, __file__.rpartition("/")[0]],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == here


@pytest.mark.parametrize("code", [kind.code for kind in CATALOG])
def test_every_type_says_what_it_must(code):
    held = RENDERER.permit(sheet(code))
    said = " ".join(text(held.pdf).split())
    for words in ("PEMERINTAH KOTA BANJARMASIN", "503/0042/SKTU/DPMPTSP/2026", "24 November 2026"):
        assert words in said
    assert "UJI COBA" in said
    assert "Halaman 1 dari 1" in said
    assert "BSrE" not in said
    assert CATALOG.get(code).example["nik"] not in said
    with pikepdf.open(io.BytesIO(held.pdf)) as pdf:
        assert pdf.Root.Lang == "id-ID"
        assert pdf.Root.MarkInfo.Marked


def test_the_facts_travel_inside():
    with pikepdf.open(io.BytesIO(RENDERER.permit(sheet()).pdf)) as pdf:
        (spec,) = pdf.attachments.values()
        assert str(spec.obj.AFRelationship) == "/Source"
        document = json.loads(spec.get_file().read_bytes())
    assert document["number"] == "503/0042/SKTU/DPMPTSP/2026"
    assert "6371014507850003" not in json.dumps(document)


@pytest.mark.parametrize(
    "name",
    ["#panic()", "*tebal* _miring_", "$x^2$", "\\ #let x = 1", "= Judul", "@rujuk <label>", "`kode`", "// x"],
)
def test_what_looks_like_markup_stays_text(name):
    assert name in text(RENDERER.permit(sheet(nama_usaha=name)).pdf)


@pytest.mark.parametrize("name", ["陳大文", "Toko 😀"])
def test_a_letter_that_no_font_has_is_named(name):
    with pytest.raises(RenderError) as refused:
        RENDERER.permit(sheet(nama_usaha=name))
    assert "Huruf" in str(refused.value)


def test_the_longest_facts_fit_and_the_signature_stays_whole():
    long = "Jalan Pangeran Diponegoro Gang Keluarga Besar Nomor 123 RT 045 RW 067\n" * 3
    held = RENDERER.permit(
        sheet(
            nama_pemohon="Raden Mas Muhammad Abdurrahman Wahidin Sastranegara Putra Kesuma",
            alamat_pemohon=long.strip(),
            alamat_usaha=long.strip(),
            jenis_usaha="Perdagangan eceran berbagai macam barang " * 4,
        )
    )
    left, bottom, right, top = held.signature_box
    with pypdfium2.PdfDocument(held.pdf) as document:
        width, height = document[held.signature_page].get_size()
        assert len(document) == held.pages
    assert 0 < left < right < width
    assert 31 * 72 / 25.4 <= bottom < top < height


def test_many_conditions_run_over_to_a_second_page():
    kind = CATALOG.get("sktu")
    longer = replace(kind, conditions=kind.conditions * 7)
    renderer = Renderer(PROFILE, Catalog([longer]))
    held = renderer.permit(sheet())
    assert held.pages == 2
    assert "Halaman 2 dari 2" in text(held.pdf)


def test_a_draft_has_neither_number_nor_qr_nor_facts_inside():
    pdf = RENDERER.draft("sktu", dict(CATALOG.get("sktu").example), DAY)
    said = text(pdf)
    assert "DRAF" in said
    assert "503/" not in said
    assert "Akan ditandatangani" in said
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert not opened.attachments


def test_preview_and_permit_differ_only_in_number_date_and_signature():
    draft = text(RENDERER.draft("sktu", dict(CATALOG.get("sktu").example), DAY)).split()
    final = text(RENDERER.permit(sheet()).pdf).split()
    start, end = "Dasar", "Ditetapkan"
    assert draft[draft.index(start) : draft.index(end)] == final[final.index(start) : final.index(end)]
