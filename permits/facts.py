"""Facts against a type's schema: what is wrong with each field, said once, in Indonesian."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from permits.errors import InvalidFacts, Problem
from permits.fields import Field, dates_in_order, day_of, hidden_character
from permits.wording import grouped

UNKNOWN = "Isian ini tidak ada pada jenis izin ini."
_EXAMPLES = {
    "nik": "NIK terdiri dari 16 angka.",
    "npwp": "NPWP terdiri dari 15 atau 16 angka.",
    "phone": "Nomor telepon diawali 0 atau +62, misalnya 0511 3363811.",
    "email": "Alamat surel belum benar, misalnya nama@contoh.id.",
    "date": "Tanggal ditulis tahun-bulan-hari, misalnya 2026-11-23.",
}
_KINDS = {
    "string": "Isian ini harus berupa teks.",
    "integer": "Isian ini harus berupa bilangan bulat.",
    "number": "Isian ini harus berupa bilangan.",
    "boolean": "Isian ini harus ya atau tidak (true atau false).",
}


class Checker:
    """Checks facts of one type. Made once a type: compiling the schema costs more than using it."""

    def __init__(self, fields: tuple[Field, ...], schema: Mapping[str, Any]) -> None:
        self._fields = {field.name: field for field in fields}
        self._validator = Draft202012Validator(schema)

    def check(self, facts: object) -> dict[str, Any]:
        """Return facts made uniform, in the type's order; an optional empty text counts as left out.

        Raises:
            InvalidFacts: with one problem a field.
        """
        if not isinstance(facts, Mapping):
            raise InvalidFacts(
                (Problem("", "Data izin harus berupa pasangan isian dan nilainya (objek JSON)."),)
            )
        uniform = self._uniform(facts)
        found: dict[str, str] = {}
        for name in facts:
            if name not in self._fields:
                found.setdefault(_printable(name), UNKNOWN)
        for error in self._validator.iter_errors(uniform):
            for name in self._names(error):
                found.setdefault(name, self._said(error, self._fields[name]))
        for name, value in uniform.items():
            if name not in found and (why := _beyond_schema(self._fields[name], value)):
                found[name] = why
        for later, earlier in dates_in_order(self._fields, uniform):
            found.setdefault(later.name, f"Tanggal ini mendahului {earlier.label.lower()}.")
        if found:
            order = list(self._fields)
            by_form = sorted(found.items(), key=lambda p: order.index(p[0]) if p[0] in order else len(order))
            raise InvalidFacts(tuple(Problem(name, why) for name, why in by_form))
        return uniform

    def _uniform(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        made = {name: f.uniform(facts[name]) for name, f in self._fields.items() if name in facts}
        return {name: value for name, value in made.items() if value != "" or self._fields[name].required}

    def _names(self, error: ValidationError) -> list[str]:
        if error.validator == "required":
            return [name for name in error.validator_value if name not in error.instance]
        return [str(error.absolute_path[0])] if error.absolute_path else []

    def _said(self, error: ValidationError, field: Field) -> str:  # noqa: PLR0911 - a table
        rule = error.validator
        if rule == "required" or error.instance == "":
            return "Wajib diisi."
        if rule == "type":
            return _KINDS[error.validator_value]
        if rule == "enum":
            return f"Pilih salah satu: {', '.join(field.choices)}."
        if rule == "minimum":
            return f"Paling kecil {grouped(field.least)}."
        if rule == "maximum":
            return f"Paling besar {grouped(field.most)}."
        if field.type in _EXAMPLES:
            return _EXAMPLES[field.type]
        if rule == "minLength":
            return f"Terlalu pendek: paling sedikit {field.min_length} huruf."
        if rule == "maxLength":
            return f"Terlalu panjang: paling banyak {field.max_length} huruf."
        return field.pattern_help or "Bentuk isian ini belum benar."


def _beyond_schema(field: Field, value: object) -> str | None:
    """What JSON Schema cannot say: real days, finite numbers, characters that can be seen."""
    if isinstance(value, float) and not math.isfinite(value):
        return _KINDS["number"]
    if field.type == "date" and day_of(value) is None:
        return "Tanggal ini tidak ada di kalender, atau di luar tahun 1900 sampai 2199."
    if isinstance(value, str) and (char := hidden_character(value, field.multiline)):
        if char == "\n":
            return "Tulis dalam satu baris."
        return f"Memuat karakter yang tidak terlihat (U+{ord(char):04X}). Ketik ulang isian ini."
    return None


def _printable(name: object) -> str:
    """An unknown field's name, fit to be shown."""
    seen = "".join(c for c in str(name)[:60] if unicodedata.category(c)[0] != "C")
    return seen or "?"
