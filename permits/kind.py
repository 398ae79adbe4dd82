"""A permit type: what it asks, what it says, how long it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from permits.facts import Checker
from permits.fields import Field
from permits.validity import Validity


@dataclass(frozen=True)
class PermitType:
    """A permit type, read whole from its folder.

    ``fee`` is in rupiah, ``service_days`` in working days. ``template_digest`` is the SHA-256 (hex) of
    everything that decides how a page of this type reads, apart from facts and office: its ``type.toml``,
    its ``permit.typ`` and the shared letter. ``page`` overrides the office's paper when it is not empty.
    """

    code: str
    title: str
    title_en: str
    bidang: str
    legal_basis: tuple[str, ...]
    fields: tuple[Field, ...]
    validity: Validity
    number_format: str
    service_days: int
    fee: int
    retention_class: str
    conditions: tuple[str, ...]
    copies_to: tuple[str, ...]
    applicant_field: str
    address_field: str
    page: str
    template: Path
    template_digest: str
    example: Mapping[str, Any] = field(repr=False)
    checker: Checker = field(repr=False, compare=False)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of the facts."""
        return schema_of(self.code, self.title, self.fields)

    def validate(self, facts: object) -> dict[str, Any]:
        """Return facts made uniform and in the type's order.

        Raises:
            InvalidFacts: one problem a field, in Indonesian.
        """
        return self.checker.check(facts)

    def validity_for(self, facts: Mapping[str, Any], approved_on: date) -> tuple[date, date | None]:
        """Return the first and the last day (inclusive; None: as long as the activity lasts).

        Raises:
            InvalidFacts: it would have ended before it begins.
        """
        return self.validity.span(facts, approved_on)

    def display(self, field: Field | str, value: object) -> str:
        """Return a fact in words, unmasked."""
        return self.field(field).display(value) if isinstance(field, str) else field.display(value)

    def field(self, name: str) -> Field:
        """Return a field by its name.

        Raises:
            KeyError: there is none.
        """
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(name)

    def texts(self, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return all facts as (label, text), unmasked: for the office's own staff."""
        return [(f.label, f.display(facts[f.name])) for f in self.fields if f.name in facts]

    def printed_facts(self, facts: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        """Return what the page shows, as (name, label, text), personal numbers masked."""
        return [
            (f.name, f.label, f.shown(facts[f.name], f.printed))
            for f in self.fields
            if f.name in facts and f.printed != "no"
        ]

    def public_facts(self, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return what anyone may see, as (label, text), masked where the type says so."""
        return [
            (f.label, f.shown(facts[f.name], f.public))
            for f in self.fields
            if f.name in facts and f.public != "no"
        ]

    def public_holder(self, facts: Mapping[str, Any]) -> str:
        """Return the holder's name as anyone may see it; masked even if the type does not show the field."""
        one = self.field(self.applicant_field)
        return one.shown(facts.get(one.name, ""), "full" if one.public == "full" else "masked")


def schema_of(code: str, title: str, fields: Iterable[Field]) -> dict[str, Any]:
    """Return the JSON Schema of facts with these fields."""
    every = list(fields)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:sahih:permit-type:{code}",
        "title": title,
        "type": "object",
        "properties": {f.name: f.schema() for f in every},
        "required": [f.name for f in every if f.required],
        "additionalProperties": False,
    }
