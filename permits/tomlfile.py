"""TOML files that people write: read strictly, with errors that name file and line.

``tomllib`` keeps no positions, so a wrong value's line is looked up in the text: good for the block style in
which such files are written; a value deep in an inline table gets the line of its table.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

from permits.errors import ConfigError

MAX_BYTES = 1_000_000
_HEADER = re.compile(r"\s*\[(\[)?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')\s*=")
_POSITION = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)")

Place = tuple[str | int, ...]


def read_toml(path: Path) -> Section:
    """Read a TOML file.

    Raises:
        ConfigError: it is missing, not UTF-8, too large or not TOML.
    """
    try:
        data = path.read_bytes()
        text = data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: berkas tidak terbaca: {error}") from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path}: berkas lebih besar dari {MAX_BYTES} bita.")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _POSITION.search(str(error))
        line = found[1] if found and found[1] else str(text.count("\n") + 1)
        raise ConfigError(f"{path}:{line}: bukan TOML yang benar: {error}") from error
    return Section(path, _lines(text), table, ())


def _lines(text: str) -> Mapping[Place, int]:
    """Where each header and key stands, from 1."""
    found: dict[Place, int] = {}
    counts: dict[str, int] = {}
    here: Place = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            name = header[2]
            here = tuple(part.strip().strip("\"'") for part in name.split("."))
            if header[1]:
                counts[name] = counts.get(name, -1) + 1
                here = (*here, counts[name])
            found.setdefault(here, number)
        elif key := _KEY.match(line):
            found.setdefault((*here, key[1].strip("\"'")), number)
    return found


class Section:
    """A table of a TOML file. Each value is taken once, by type; ``close`` refuses what nobody took."""

    def __init__(
        self, path: Path, lines: Mapping[Place, int], table: Mapping[str, Any], place: Place
    ) -> None:
        self.path, self._lines, self._table, self._place = path, lines, table, place
        self._taken: set[str] = set()

    def fail(self, key: str, why: str) -> NoReturn:
        """Refuse the value of ``key``.

        Raises:
            ConfigError: always; it names file, line and key.
        """
        place: Place = (*self._place, key) if key else self._place
        name = ".".join(str(part) for part in place) or "berkas"
        while place and place not in self._lines:
            place = place[:-1]
        raise ConfigError(f"{self.path}:{self._lines.get(place, 1)}: {name}: {why}")

    def _take(self, key: str) -> Any:
        self._taken.add(key)
        return self._table.get(key)

    def has(self, key: str) -> bool:
        """Say whether ``key`` is there."""
        return key in self._table

    def text(self, key: str, default: str | None = None, *, most: int = 500) -> str:
        """Take a text of at most ``most`` characters; without a default it must be there and not be empty."""
        value = self._take(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            self.fail(key, "harus berupa teks." if value is not None else "wajib ada.")
        if len(value) > most or (default is None and not value.strip()):
            self.fail(key, f"harus berisi 1 sampai {most} huruf.")
        return value.strip()

    def one_of(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """Take one of a few words."""
        value = self.text(key, default)
        if value not in allowed:
            self.fail(key, f"harus salah satu dari: {', '.join(allowed)}.")
        return value

    def pattern(self, key: str, pattern: str, default: str | None = None) -> str:
        """Take a text that fits a regular expression."""
        value = self.text(key, default)
        if value != default and not re.fullmatch(pattern, value):
            self.fail(key, f"harus berbentuk {pattern}.")
        return value

    def texts(self, key: str, *, least: int = 0, most: int = 100) -> tuple[str, ...]:
        """Take a list of texts, none of them empty."""
        value = self._take(key)
        if value is None and not least:
            return ()
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            self.fail(key, "harus berupa daftar teks yang tidak kosong.")
        if not least <= len(value) <= most:
            self.fail(key, f"harus berisi {least} sampai {most} butir.")
        return tuple(v.strip() for v in value)

    def integer(self, key: str, default: int | None = None, *, least: int = 0, most: int = 10**15) -> int:
        """Take a whole number."""
        value = self._take(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.fail(key, f"harus berupa bilangan bulat antara {least} dan {most}.")
        return value

    def number(self, key: str) -> float | None:
        """Take a number, or None."""
        value = self._take(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            self.fail(key, "harus berupa bilangan.")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """Take true or false."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.fail(key, "harus true atau false.")
        return value

    def day(self, key: str) -> date | None:
        """Take a calendar day, or None."""
        value = self._take(key)
        if value is None:
            return None
        if not isinstance(value, date) or isinstance(value, datetime):
            self.fail(key, "harus berupa tanggal, misalnya 2026-01-31.")
        return value

    def section(self, key: str) -> Section:
        """Take a table."""
        value = self._take(key)
        if not isinstance(value, dict):
            self.fail(key, "bagian ini wajib ada." if value is None else "harus berupa bagian (tabel).")
        return Section(self.path, self._lines, value, (*self._place, key))

    def sections(self, key: str, *, least: int = 0) -> list[Section]:
        """Take a list of tables."""
        value = self._take(key) or []
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value) or len(value) < least:
            self.fail(key, f"harus berupa daftar bagian [[{key}]], sedikitnya {least}.")
        return [Section(self.path, self._lines, v, (*self._place, key, i)) for i, v in enumerate(value)]

    def __iter__(self) -> Iterator[str]:
        """Give the keys that are there."""
        yield from self._table

    def close(self) -> None:
        """Refuse keys that nobody took: a misspelt setting must not pass in silence.

        Raises:
            ConfigError: there is one.
        """
        for key in self._table:
            if key not in self._taken:
                self.fail(key, "tidak dikenal di bagian ini.")
