"""Whether office and types fit each other: asked once at start, so that no signing finds out."""

from __future__ import annotations

from datetime import date

from permits.catalog import Catalog
from permits.errors import ConfigError
from permits.numbering import format_number
from permits.profile import OfficeProfile


def check_office(profile: OfficeProfile, catalog: Catalog) -> None:
    """Pass, or refuse.

    Raises:
        ConfigError: a type names a retention class or number segment that the office lacks, two types would
            give the same number, or a starting number is for a type that is not there.
    """
    numbers: dict[str, str] = {}
    for kind in catalog:
        where = kind.template.parent / "type.toml"
        if kind.retention_class not in profile.retention:
            raise ConfigError(
                f"{where}: retention_class '{kind.retention_class}' tidak ada di berkas kantor."
            )
        number = format_number(kind, profile, 1, date(2026, 1, 1))
        if number in numbers:
            raise ConfigError(
                f"{where}: number_format memberi nomor yang sama dengan jenis '{numbers[number]}'."
            )
        numbers[number] = kind.code
    codes = {kind.code for kind in catalog}
    for code, year in profile.starting_numbers:
        if code not in codes:
            raise ConfigError(f"nomor awal {year}: jenis izin '{code}' tidak ada.")
