"""One field of a permit type: its type, its schema, how a value is made uniform and how it is shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from permits import wording
from permits.masks import mask

TYPES = (
    "text",
    "choice",
    "date",
    "integer",
    "number",
    "money",
    "boolean",
    "nik",
    "npwp",
    "phone",
    "email",
)
SHOWN = ("full", "masked", "no")
# Beyond this a JSON number is no longer exact everywhere (RFC 8785, RFC 8259 section 6).
MOST = 2**53 - 1
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
_NUMERIC = {"integer", "number", "money"}
_TEXT_PATTERNS = {
    "nik": r"^[0-9]{16}$",
    "npwp": r"^([0-9]{15}|[0-9]{16})$",
    "phone": r"^(\+62|0)[0-9]{7,13}$",
    "email": r"^[^@\s]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
    "date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
}
_SEPARATORS = {"nik": re.compile(r"[ ]"), "npwp": re.compile(r"[ .-]"), "phone": re.compile(r"[ ().-]")}
_LENGTHS = {"nik": 16, "npwp": 16, "phone": 16, "email": 254, "date": 10, "choice": 200}


@dataclass(frozen=True)
class Field:
    """A field as ``type.toml`` says it.

    ``printed`` and ``public`` say whether the page and the verification page show it full, masked or not.
    ``least`` and ``most`` bound numbers; ``min_length`` and ``max_length`` texts; ``not_before`` names a
    date field that must not lie after this one; ``unit`` follows a number where it is shown.
    """

    name: str
    type: str
    label: str
    label_en: str
    required: bool = True
    help: str = ""
    pattern: str = ""
    pattern_help: str = ""
    choices: tuple[str, ...] = ()
    multiline: bool = False
    min_length: int = 1
    max_length: int = 200
    least: float = 0
    most: float = MOST
    unit: str = ""
    not_before: str = ""
    printed: str = "full"
    public: str = "no"

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of a value."""
        said: dict[str, Any] = {"title": self.label}
        if self.help:
            said["description"] = self.help
        if self.type == "boolean":
            return said | {"type": "boolean"}
        if self.type in _NUMERIC:
            kind = "number" if self.type == "number" else "integer"
            return said | {"type": kind, "minimum": self.least, "maximum": self.most}
        said["type"] = "string"
        if self.type == "choice":
            return said | {"enum": list(self.choices)}
        if self.type == "date":
            said["format"] = "date"
        if self.type == "email":
            said["format"] = "email"
        said["minLength"] = self.min_length
        said["maxLength"] = _LENGTHS.get(self.type, self.max_length)
        if pattern := self.pattern or _TEXT_PATTERNS.get(self.type):
            said["pattern"] = pattern
        return said

    def uniform(self, value: object) -> object:
        """Return a value as it is stored: NFC, no spaces around or doubled, numbers without separators."""
        if isinstance(value, float) and self.type != "number" and value.is_integer():
            return int(value)
        if not isinstance(value, str):
            return value
        text = unicodedata.normalize("NFC", value)
        lines = [
            " ".join(re.split(r"[ \u00a0\u2000-\u200a\u202f\u3000]+", line)).strip()
            for line in text.split("\n")
        ]
        text = "\n".join(lines).strip("\n ") if self.multiline else "\n".join(lines).strip(" ")
        return _SEPARATORS[self.type].sub("", text) if self.type in _SEPARATORS else text

    def display(self, value: object) -> str:
        """Return a stored value in words, unmasked."""
        if self.type == "date":
            return wording.day_in_words(date.fromisoformat(str(value)))
        if isinstance(value, bool):
            return "Ya" if value else "Tidak"
        if isinstance(value, int | float):
            text = wording.rupiah(int(value)) if self.type == "money" else wording.grouped(value)
            return f"{text} {self.unit}" if self.unit else text
        return str(value)

    def shown(self, value: object, how: str) -> str:
        """Return a stored value for people: ``how`` is full or masked."""
        text = self.display(value)
        return mask(self.type, text) if how == "masked" else text


def hidden_character(text: str, multiline: bool) -> str | None:
    """Return the first character that has no place in a fact, if any.

    Controls, surrogates, unassigned and private-use ones, line separators, and the format characters that
    reorder or hide what is seen (Unicode categories C*, Zl, Zp).
    """
    for char in text:
        if char == "\n" and multiline:
            continue
        category = unicodedata.category(char)
        if category[0] == "C" or category in {"Zl", "Zp"}:
            return char
    return None


def day_of(value: object) -> date | None:
    """Return a date fact as a day; None if it is none, or lies outside 1900-2199."""
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def dates_in_order(fields: Mapping[str, Field], facts: Mapping[str, Any]) -> list[tuple[Field, Field]]:
    """Return pairs (field, the one it must not lie before) that stand in the wrong order."""
    wrong = []
    for field in fields.values():
        if not field.not_before:
            continue
        first, second = day_of(facts.get(field.not_before)), day_of(facts.get(field.name))
        if first and second and second < first:
            wrong.append((field, fields[field.not_before]))
    return wrong
