"""Errors of the room.

PermitError
├── LifecycleError      a step that a permit's life does not have
├── UnknownType         no permit type of that code
├── InvalidFacts        facts that the type's schema refuses; carries one Problem a field
└── ConfigError         the office's or a type's TOML is wrong; names file and line
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from permits.permit import State


_WORDS = {
    "draft": "draf",
    "submitted": "diajukan",
    "returned": "dikembalikan",
    "withdrawn": "dibatalkan",
    "signed": "ditandatangani",
    "revoked": "dicabut",
    "replaced": "diganti",
}


class PermitError(Exception):
    """Base of the room's errors."""


class LifecycleError(PermitError):
    """A step that a permit's life does not have."""

    def __init__(self, old: State, new: State) -> None:
        was, wanted = _WORDS[old.value], _WORDS[new.value]
        super().__init__(
            f"Izin ini sudah {was}."
            if old is new
            else f"Izin ini berstatus {was}, jadi tidak dapat menjadi {wanted}."
        )
        self.old, self.new = old, new


class UnknownType(PermitError):
    """No permit type of that code."""

    def __init__(self, code: str, known: tuple[str, ...]) -> None:
        super().__init__(f"Jenis izin '{code}' tidak dikenal. Yang ada: {', '.join(known)}.")
        self.code = code


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one field; ``message`` is Indonesian, for people."""

    field: str
    message: str


class InvalidFacts(PermitError):
    """Facts that the type's schema refuses."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.field}: {p.message}" if p.field else p.message for p in problems))
        self.problems = problems


class ConfigError(PermitError):
    """The office's or a type's TOML is wrong; the message names file and line."""
