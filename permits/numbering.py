"""Permit numbers: how they are written, and how they are recognised when people write them otherwise.

The series itself, gapless, one a type and year, is kept where crashes are survived: in the registry.
"""

from __future__ import annotations

import re
from datetime import date
from string import Formatter

from permits.errors import ConfigError
from permits.kind import PermitType
from permits.profile import OfficeProfile
from permits.wording import ROMAN

BUILT_IN = frozenset({"serial", "year", "month", "month_roman", "code"})
_SPEC = re.compile(r"0?[0-9]?")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_BETWEEN = re.compile(r"[\s/\\.\-–—_,:]+")
_ZEROS = re.compile(r"^0+(?=[0-9])")


def placeholders(number_format: str) -> frozenset[str]:
    """Return the names in a number format such as ``{class}/{serial:04}/SKTU/{unit}/{year}``.

    Raises:
        ValueError: it is no such format.
    """
    found = set()
    for _, name, spec, conversion in Formatter().parse(number_format):
        if name is None:
            continue
        if not _NAME.fullmatch(name) or conversion or not _SPEC.fullmatch(spec or ""):
            raise ValueError(f"{{{name}}}")
        found.add(name)
    return frozenset(found)


def format_number(kind: PermitType, profile: OfficeProfile, serial: int, approved_on: date) -> str:
    """Return the number of the ``serial``-th permit of its type in the year of ``approved_on``.

    Raises:
        ConfigError: the type's format names a segment that the office does not have.
    """
    values = {
        **profile.number_segments,
        "serial": serial,
        "year": approved_on.year,
        "month": approved_on.month,
        "month_roman": ROMAN[approved_on.month - 1],
        "code": kind.code.upper(),
    }
    missing = placeholders(kind.number_format) - values.keys()
    if missing:
        raise ConfigError(
            f"{kind.template.parent / 'type.toml'}: number_format: {', '.join(sorted(missing))} "
            "tidak ada di [numbers.segments] berkas kantor."
        )
    return kind.number_format.format(**values)


def parse_loose(text: str) -> str:
    """Return what is left of a number when case, leading zeros and the kind of separators do not count.

    ``503/0042/SKTU/DPMPTSP/2026`` and ``503 42 sktu dpmptsp 2026`` both give ``503/42/SKTU/DPMPTSP/2026``:
    compare the results of both sides. Empty for a text without letters or digits.
    """
    parts = (part for part in _BETWEEN.split(text.strip().upper()) if part)
    return "/".join(_ZEROS.sub("", part) for part in parts)
