from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from certs.authority import create_authority

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
PASSPHRASE = "sungai martapura pagi"


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certs") / "authority"
    create_authority(
        folder,
        [("kadis", "Dr. Siti Aminah, M.Si.", "Kepala Dinas"), ("plh", "Ahmad Yani", "Sekretaris")],
        {"kadis": PASSPHRASE, "plh": "lain sekali"},
        office_code="DPMPTSP",
        organisation="DPMPTSP Kota Banjarmasin",
        base_url_of_services="http://127.0.0.1:9/",
        now=NOW,
    )
    return folder
