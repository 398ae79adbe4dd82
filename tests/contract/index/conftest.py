"""One index at a time, and documents to put into it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from uuid import UUID, uuid5

import pytest

from archive.database import Database
from search.ports import Document, Index
from search.postgres import PostgresIndex

TODAY = date(2026, 11, 24)
SPACE = UUID("6f1c2f0e-5d0f-4f0e-9a57-1f2e3d4c5b6a")


@pytest.fixture(params=["postgres"])
def index(request: pytest.FixtureRequest, database: Database) -> Index:
    assert request.param == "postgres"
    return PostgresIndex(database.engine)


@pytest.fixture
def doc() -> Callable[..., Document]:
    """Make a document of that serial with the given changes."""
    return document


def document(serial: int, **changes: object) -> Document:
    code = str(changes.get("type_code", "sktu"))
    year = changes.pop("year", 2026)
    base = Document(
        permit_id=uuid5(SPACE, f"{code}-{year}-{serial}"),
        revision=1,
        number=f"503/{serial:04d}/{code.upper()}/DPMPTSP/{year}",
        serial=serial,
        type_code=code,
        type_title={"sktu": "Surat Keterangan Tempat Usaha", "reklame": "Izin Reklame"}.get(code, code),
        state="signed",
        applicant="Siti Rahmawati",
        address="Jalan Lambung Mangkurat Nomor 7, Banjarmasin",
        issued_on=date(year, 3, 1 + serial % 28),
        valid_until=date(year + 1, 3, 1),
        signer="Drs. H. Ahmad Fauzi",
    )
    return dataclasses.replace(base, **changes)


@pytest.fixture
def many() -> list[Document]:
    """Ninety-nine documents of three types and three years; every fifth serial is revoked."""
    return [
        document(n, type_code=code, year=year, state="revoked" if n % 5 == 0 else "signed", valid_until=None)
        for code in ("sktu", "reklame", "penelitian")
        for year in (2024, 2025, 2026)
        for n in range(1, 12)
    ]
