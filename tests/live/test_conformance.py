"""A file keeps to PDF/A-3a and PDF/UA-1 through its whole life: rendered, signed, preserved, renewed.

The trial services run on a real socket; veraPDF judges.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typst
import uvicorn

from certs.authority import create_authority
from certs.keys import load_pkcs12
from certs.revocation import RevocationClient
from certs.services import services
from certs.timestamp import TimestampClient
from certs.trust import load_trust
from esign.preserve import certificates_to_prove, preserve
from esign.sign import SignatureBox, sign_pdf

TEMPLATE = """
#set document(title: "Surat Keterangan", author: "DPMPTSP")
#set text(lang: "id", region: "ID")
= Surat Keterangan
#link("https://perizinan.example.go.id")[Periksa keasliannya]
#table(columns: 2, [Nama], [Budi])
#pagebreak()
= Pengesahan
Kepala Dinas
"""


@dataclass(frozen=True)
class Services:
    folder: Path
    url: str


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        folder = tmp_path_factory.mktemp("conformance") / "authority"
        create_authority(
            folder,
            [("kadis", "Dr. Siti Aminah, M.Si.", "Kepala Dinas")],
            {"kadis": "sungai martapura"},
            office_code="X",
            organisation="Kantor X",
            base_url_of_services=url,
            now=datetime.now(UTC),
        )
        server = uvicorn.Server(uvicorn.Config(services(folder), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        assert server.started
        yield Services(folder, url)
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def life(trial: Services, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    source = tmp_path_factory.mktemp("typst") / "izin.typ"
    source.write_text(TEMPLATE)
    rendered = typst.compile(str(source), format="pdf", pdf_standards=["a-3a", "ua-1"]) + b"\n"
    key = load_pkcs12((trial.folder / "signers" / "kadis.p12").read_bytes(), "sungai martapura")
    trust = load_trust(trial.folder / "trust.json")
    with TimestampClient(f"{trial.url}/tsa") as stamps, RevocationClient() as status:
        signed = sign_pdf(
            rendered,
            SignatureBox(1, 300, 100, 500, 200),
            key,
            stamps.token,
            when=datetime.now(UTC),
            name="Dr. Siti Aminah, M.Si.",
            reason="Menerbitkan izin",
            location="Banjarmasin",
        )
        kept = preserve(signed, status.evidence(trust, certificates_to_prove(signed)), stamps.token)
        renewed = preserve(kept, status.evidence(trust, certificates_to_prove(kept)), stamps.token)
    assert renewed.startswith(kept)
    assert kept.startswith(signed)
    assert signed.startswith(rendered)
    return {"rendered": rendered, "signed": signed, "preserved": kept, "renewed": renewed}


@pytest.mark.parametrize("flavour", ["3a", "ua1"])
@pytest.mark.parametrize("stage", ["rendered", "signed", "preserved", "renewed"])
def test_every_version_conforms(life: dict[str, bytes], verapdf: object, stage: str, flavour: str) -> None:
    assert callable(verapdf)
    assert verapdf(life[stage], flavour) == []


def test_the_validator_is_awake(life: dict[str, bytes], verapdf: object) -> None:
    """A file that breaks a rule is found out: a widget without its place in the structure tree."""
    assert callable(verapdf)
    broken = life["signed"].replace(b"/StructParent ", b"/XtructParent ")
    assert any("7.18.4" in failure for failure in verapdf(broken, "ua1"))
