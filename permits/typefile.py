"""Reading a permit type's folder. What is wrong in it is said with file and line."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from permits.errors import ConfigError, InvalidFacts
from permits.facts import Checker
from permits.fields import MOST, SHOWN, TYPES, Field
from permits.kind import PermitType, schema_of
from permits.numbering import placeholders
from permits.profile import PAGES
from permits.tomlfile import Section, read_toml
from permits.validity import KINDS, Validity

LETTER = Path(__file__).parent / "typst"
_CODE = r"[a-z0-9][a-z0-9_-]{0,62}"
_NAME = r"[a-z][a-z0-9_]{0,62}"


def read_type(folder: Path) -> PermitType:
    """Read one type; its code is its folder's name.

    Raises:
        ConfigError: something in it is wrong, or its own example does not fit it.
    """
    top = read_toml(folder / "type.toml")
    if not re.fullmatch(_CODE, folder.name):
        raise ConfigError(f"{folder}: nama folder menjadi kode jenis izin dan harus berbentuk {_CODE}.")
    template = folder / "permit.typ"
    if not template.is_file():
        raise ConfigError(f"{template}: templat halaman tidak ada.")
    fields = _fields(top)
    kind = PermitType(
        code=folder.name,
        title=top.text("title"),
        title_en=top.text("title_en"),
        bidang=top.text("bidang", ""),
        legal_basis=top.texts("legal_basis", least=1),
        fields=fields,
        validity=_validity(top.section("validity"), fields),
        number_format=_number_format(top),
        service_days=top.integer("service_days", least=1, most=365),
        fee=top.integer("fee"),
        retention_class=top.text("retention_class"),
        conditions=top.texts("conditions"),
        copies_to=top.texts("copies_to"),
        applicant_field=_named(top, "applicant_field", fields),
        address_field=_named(top, "address_field", fields),
        page=top.one_of("page", ("", *PAGES), ""),
        template=template,
        template_digest=_digest(folder),
        example={},
        checker=Checker(fields, schema_of(folder.name, folder.name, fields)),
    )
    top.close()
    return replace(kind, example=_example(folder / "example.json", kind))


def _fields(top: Section) -> tuple[Field, ...]:
    made: list[Field] = []
    for section in top.sections("field", least=1):
        field = _field(section)
        if field.name in {f.name for f in made}:
            section.fail("name", f"isian '{field.name}' ada dua kali.")
        before = {f.name for f in made if f.type == "date"}
        if field.not_before and (field.type != "date" or field.not_before not in before):
            section.fail("not_before", "harus menyebut isian tanggal yang ditulis sebelum isian ini.")
        made.append(field)
    return tuple(made)


def _field(section: Section) -> Field:
    kind = section.one_of("type", TYPES)
    personal = kind in {"nik", "npwp", "phone", "email"}
    field = Field(
        name=section.pattern("name", _NAME),
        type=kind,
        label=section.text("label", most=60),
        label_en=section.text("label_en", most=60),
        required=section.flag("required", True),
        help=section.text("help", ""),
        pattern=_pattern(section),
        pattern_help=section.text("pattern_help", ""),
        choices=section.texts("choices", least=2 if kind == "choice" else 0, most=100),
        multiline=section.flag("multiline", False),
        min_length=section.integer("min_length", 1, least=1, most=5000),
        max_length=section.integer("max_length", 200, least=1, most=5000),
        least=_bound(section, "min", 0),
        most=_bound(section, "max", MOST),
        unit=section.text("unit", "", most=20),
        not_before=section.text("not_before", ""),
        printed=section.one_of("printed", SHOWN, "masked" if personal else "full"),
        public=section.one_of("public", SHOWN, "no"),
    )
    _fits(section, field)
    section.close()
    return field


def _fits(section: Section, field: Field) -> None:
    if field.choices and field.type != "choice":
        section.fail("choices", "hanya untuk isian berjenis choice.")
    if field.multiline and field.type != "text":
        section.fail("multiline", "hanya untuk isian berjenis text.")
    if field.pattern and field.type != "text":
        section.fail("pattern", "hanya untuk isian berjenis text.")
    if field.min_length > field.max_length:
        section.fail("min_length", "lebih besar dari max_length.")
    if field.least > field.most:
        section.fail("min", "lebih besar dari max.")
    if field.type == "nik":
        for key, how in (("printed", field.printed), ("public", field.public)):
            if how == "full":
                section.fail(key, "NIK tidak boleh tampil utuh; pilih masked atau no.")


def _bound(section: Section, key: str, default: float) -> float:
    value = section.number(key)
    if value is None:
        return default
    if not -MOST <= value <= MOST:
        section.fail(key, f"harus antara {-MOST} dan {MOST}.")
    return value


def _pattern(section: Section) -> str:
    pattern = section.text("pattern", "")
    try:
        re.compile(pattern)
    except re.error as error:
        section.fail("pattern", f"bukan pola yang benar: {error}.")
    return pattern


def _named(section: Section, key: str, fields: tuple[Field, ...], kind: str = "text") -> str:
    name = section.text(key)
    if not any(f.name == name and f.type == kind and f.required for f in fields):
        section.fail(key, f"harus menyebut isian wajib berjenis {kind}.")
    return name


def _validity(section: Section, fields: tuple[Field, ...]) -> Validity:
    kind = section.one_of("kind", KINDS)
    made = Validity(
        kind=kind,
        years=section.integer("years", 0, most=100),
        months=section.integer("months", 0, most=1200),
        days=section.integer("days", 0, most=36500),
        until_field=_named(section, "until", fields, "date") if kind == "until" else "",
        from_field=_named(section, "from", fields, "date") if section.has("from") else "",
        note=section.text("note", ""),
    )
    if (made.years + made.months + made.days > 0) != (kind == "fixed"):
        section.fail("kind", "years, months, days wajib untuk fixed dan hanya untuk fixed.")
    section.close()
    return made


def _number_format(top: Section) -> str:
    text = top.text("number_format")
    try:
        used = placeholders(text)
    except ValueError as error:
        top.fail("number_format", f"tidak terbaca: {error}.")
    if not {"serial", "year"} <= used:
        top.fail("number_format", "harus memuat {serial} dan {year}, agar nomor tidak pernah berulang.")
    return text


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    own = sorted(p for p in folder.iterdir() if p.is_file() and p.name != "example.json")
    shared = sorted(p for p in LETTER.rglob("*") if p.is_file())
    for path in (*own, *shared):
        data = path.read_bytes()
        digest.update(f"{path.name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def _example(path: Path, kind: PermitType) -> dict[str, Any]:
    try:
        return kind.validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: contoh tidak terbaca: {error}") from error
    except InvalidFacts as error:
        raise ConfigError(f"{path}: contoh tidak cocok dengan type.toml: {error}") from error
