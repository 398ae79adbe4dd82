"""A permit type's fields as a form, and a posted form as facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from permits.catalog import PermitType
from permits.errors import Problem
from permits.fields import Field
from permits.wording import grouped

# Form fields of facts carry this prefix, so that no type's field can meet the form's own names.
PREFIX = "isian-"
_GROUPED = re.compile(r"-?[0-9]{1,3}(\.[0-9]{3})+")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}([.,][0-9]{1,9})?")


@dataclass(frozen=True)
class Entry:
    """One field as the form shows it. ``value`` is what was typed, or the fact in the field's own writing."""

    field: Field
    id: str
    label: str
    value: str
    error: str | None


def entries(
    kind: PermitType, values: Mapping[str, str], problems: Iterable[Problem], language: str
) -> list[Entry]:
    """Return the form's fields in the type's order, with what was typed and what is wrong with it."""
    wrong: dict[str, str] = {}
    for problem in problems:
        wrong.setdefault(problem.field, problem.message)
    return [
        Entry(f, PREFIX + f.name, label_of(f, language), values.get(f.name, ""), wrong.get(f.name))
        for f in kind.fields
    ]


def label_of(field: Field, language: str) -> str:
    """Return a field's label in ``language``."""
    return field.label_en if language == "en" and field.label_en else field.label


def summary(kind: PermitType, problems: Iterable[Problem], language: str) -> list[dict[str, str]]:
    """Return the error summary's lines, each naming its field and leading to it."""
    labels = {f.name: label_of(f, language) for f in kind.fields}
    return [
        {"text": f"{labels[p.field]}: {p.message}", "href": f"#{PREFIX}{p.field}"}
        if p.field in labels
        else {"text": f"{p.field}: {p.message}" if p.field else p.message}
        for p in problems
    ]


def values_of(kind: PermitType, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return facts as the form writes them."""
    return {f.name: _written(f, facts[f.name]) for f in kind.fields if facts.get(f.name) is not None}


def typed(kind: PermitType, form: FormData) -> dict[str, str]:
    """Return what was typed, field by field, with one kind of line end."""
    return {f.name: str(form.get(PREFIX + f.name, "")).replace("\r\n", "\n").strip() for f in kind.fields}


def facts_of(kind: PermitType, values: Mapping[str, str]) -> dict[str, Any]:
    """Return typed values as facts; empty ones are left out.

    What does not parse stays text, for the schema to refuse.
    """
    return {f.name: _parsed(f, values[f.name]) for f in kind.fields if values.get(f.name)}


def _written(field: Field, value: object) -> str:
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, int) and field.type == "money":
        return grouped(value)
    return str(value).replace(".", ",") if isinstance(value, float) else str(value)


def _parsed(field: Field, text: str) -> object:
    if field.type in {"integer", "number", "money"}:
        return _number(field, text)
    if field.type == "boolean":
        return {"ya": True, "tidak": False}.get(text, text)
    return text


def _number(field: Field, text: str) -> object:
    """Read ``1.250.000`` and ``2,5`` as people write them here."""
    plain = text.removeprefix("Rp").strip()
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(".", "")
    if field.type != "number":
        return int(plain) if _WHOLE.fullmatch(plain) else text
    return float(plain.replace(",", ".")) if _DECIMAL.fullmatch(plain) else text
