"""The permit types an office issues: a folder each: ``type.toml``, ``permit.typ``, ``example.json``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from permits.errors import ConfigError, UnknownType
from permits.fields import Field
from permits.kind import PermitType
from permits.typefile import read_type

__all__ = ["TYPES", "Catalog", "Field", "PermitType"]

TYPES = Path(__file__).parent / "types"


class Catalog:
    """The types by code. Iterates in the order of codes."""

    def __init__(self, kinds: Iterable[PermitType]) -> None:
        self._kinds: dict[str, PermitType] = {}
        for kind in sorted(kinds, key=lambda k: k.code):
            if kind.code in self._kinds:
                raise ConfigError(f"{kind.template.parent}: jenis izin '{kind.code}' ada dua kali.")
            self._kinds[kind.code] = kind

    @classmethod
    def load(cls, folders: Iterable[Path] = (TYPES,)) -> Catalog:
        """Read every type below ``folders``: each subfolder that holds a ``type.toml``.

        Raises:
            ConfigError: a type is wrong (file and line are named), stands twice, or there is none at all.
        """
        found = [path.parent for folder in folders for path in sorted(folder.glob("*/type.toml"))]
        if not found:
            raise ConfigError(f"{', '.join(map(str, folders))}: tidak ada jenis izin (type.toml) di sini.")
        return cls(read_type(folder) for folder in found)

    def get(self, code: str) -> PermitType:
        """Return a type.

        Raises:
            UnknownType: there is none of that code.
        """
        try:
            return self._kinds[code]
        except (KeyError, TypeError):
            raise UnknownType(str(code)[:64], tuple(self._kinds)) from None

    def __iter__(self) -> Iterator[PermitType]:
        return iter(self._kinds.values())

    def __len__(self) -> int:
        return len(self._kinds)
