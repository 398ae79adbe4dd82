"""Types and office are data: what is shipped fits, what is wrong is said with file and line."""

from __future__ import annotations

import re
import shutil
from datetime import date

import pytest

from permits.catalog import TYPES, Catalog
from permits.check import check_office
from permits.errors import ConfigError, UnknownType
from permits.numbering import format_number, parse_loose
from permits.profile import OFFICE, load_profile

DAY = date(2026, 11, 24)


@pytest.fixture
def types(tmp_path):
    folder = tmp_path / "types"
    shutil.copytree(TYPES, folder)
    return folder


def test_what_is_shipped_fits_together():
    catalog, profile = Catalog.load(), load_profile()
    check_office(profile, catalog)
    assert len(catalog) >= 3
    for kind in catalog:
        assert kind.validate(kind.example) == kind.example
        assert kind.validity_for(kind.example, DAY)[0] >= DAY


def test_a_type_is_added_as_a_folder(types):
    shutil.copytree(types / "sktu", types / "uji")
    kind = Catalog.load([types]).get("uji")
    assert kind.validate(kind.example)["nama_pemohon"] == "Siti Rahmawati"


def test_an_unknown_type_is_told_with_the_known_ones():
    with pytest.raises(UnknownType, match="sktu"):
        Catalog.load().get("tidak-ada")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('type = "nik"', 'type = "ktp"'),
        ("service_days = 3", 'service_days = "tiga"'),
        ('kind = "activity"', 'kind = "selamanya"'),
        ('retention_class = "izin-usaha"', "retention_class = 1"),
        ('applicant_field = "nama_pemohon"', 'applicant_field = "siapa"'),
        ('title = "Surat', 'judul = "Surat'),
        ("{serial:04}", "{nomor}"),
    ],
)
def test_a_wrong_type_file_names_file_and_line(types, old, new):
    path = types / "sktu" / "type.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError, match=re.escape(str(path)) + r".*\d"):
        Catalog.load([types])


def test_no_type_may_show_a_nik_in_full(types):
    path = types / "sktu" / "type.toml"
    path.write_text(path.read_text().replace('type = "nik"', 'type = "nik"\npublic = "full"', 1))
    with pytest.raises(ConfigError, match="NIK"):
        Catalog.load([types])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('timezone = "Asia/Makassar"', 'timezone = "Asia/Banjarmasin"'),
        ('# base_url = "https://perizinan.contoh.go.id"', 'base_url = "perizinan"'),
        ("\ntrial = true", '\ntrial = "ya"'),
        ('page = "f4"', 'page = "a5"'),
        ('nip = "197001012000032001"', 'nip = "1970"'),
        ("UJI COBA: dokumen", "BSrE: dokumen"),
        ('issuer = "trial"', 'issuer = "bsre"'),
    ],
)
def test_a_wrong_office_file_names_file_and_line(tmp_path, old, new):
    path = tmp_path / "office.toml"
    text = OFFICE.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError, match=re.escape(str(path)) + r".*\d"):
        load_profile(path)


def test_numbers_are_written_as_configured_and_recognised_otherwise():
    kind, profile = Catalog.load().get("sktu"), load_profile()
    number = format_number(kind, profile, 42, DAY)
    assert number == "503/0042/SKTU/DPMPTSP/2026"
    assert parse_loose(number) == parse_loose("503 42 sktu-dpmptsp 2026")


def test_the_public_sees_masks_where_the_type_says_so():
    kind = Catalog.load().get("sktu")
    shown = dict(kind.public_facts(kind.example))
    assert shown["Nama pemohon"] == "S*** R***"
    assert "6371014507850003" not in str(shown)
    assert kind.public_holder(kind.example) == "S*** R***"
