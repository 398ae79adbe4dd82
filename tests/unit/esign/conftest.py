"""A trial office in one folder: keys, a clock, time stamps and lists without a socket, and rendered pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import typst
from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPRequestBuilder

from certs import der
from certs.authority import create_authority, load_key
from certs.keys import SigningKey, load_pkcs12
from certs.revocation import Evidence
from certs.stamper import Stamper
from certs.status import StatusDesk
from certs.trust import TrustStore, load_trust
from esign.sign import SignatureBox, sign_pdf

# The judges ask the machine for the time here and there: the office lives a minute behind it.
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
WITA = ZoneInfo("Asia/Makassar")
BOX = SignatureBox(1, 300, 100, 500, 200)
_CLAIM = {
    "schema": "sahih.permit/1",
    "permit_id": "00000000-0000-0000-0000-000000000007",
    "office": "DPMPTSP",
    "type": "sktu",
    "number": "503/0001/SKTU/DPMPTSP/2026",
    "token": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
}
_TEMPLATE = """
#set document(title: "Surat Keterangan", author: "DPMPTSP")
#set text(lang: "id", region: "ID")
#set page(paper: "a4")
#pdf.attach("permit.json", bytes(sys.inputs.claim), relationship: "source", mime-type: "application/json",
  description: "Data izin")
= Surat Keterangan
#link("https://perizinan.example.go.id")[Periksa keasliannya]
#table(columns: 2, [Nama], [Budi], [Alamat], [Jalan A. Yani])
#pagebreak()
= Pengesahan
Kepala Dinas
"""


@dataclass
class TrialOffice:
    folder: Path
    key: SigningKey
    trust: TrustStore
    now: datetime = NOW
    stamped: list[bytes] = field(default_factory=list)

    def token(self, digest: bytes) -> bytes:
        imprint = der.sequence(der.sequence(der.oid("2.16.840.1.101.3.4.2.1")), der.octets(digest))
        request = der.sequence(der.integer(1), imprint, der.integer(7), der.TRUE)
        reply = Stamper(load_key(self.folder, "tsa")).reply(request, self.now)
        self.stamped.append(digest)
        token: bytes = core.SequenceOf.load(reply, spec=core.Any)[1].dump()
        return token

    def evidence(self, certs: tuple[bytes, ...]) -> Evidence:
        desk = StatusDesk(self.folder, lambda: self.now)
        issuing = x509.load_der_x509_certificate(self.trust.intermediates[0])
        answers = []
        for certificate in (
            x509.load_der_x509_certificate(c) for c in certs if c != self.trust.intermediates[0]
        ):
            request = OCSPRequestBuilder().add_certificate(certificate, issuing, hashes.SHA256()).build()
            answers.append(desk.ocsp(request.public_bytes(Encoding.DER)))
        chain = dict.fromkeys((*certs, *self.trust.intermediates, *self.trust.anchors))
        return Evidence(tuple(chain), (desk.crl("root") or b"",), tuple(answers))

    def sign(self, pdf: bytes, *, stamped: bool = True, box: SignatureBox = BOX, **more: int) -> bytes:
        return sign_pdf(
            pdf,
            box,
            self.key,
            self.token if stamped else None,
            when=self.now.astimezone(WITA),
            name="Dr. Siti Aminah, M.Si.",
            reason="Menerbitkan izin",
            location="Banjarmasin",
            **more,
        )


@pytest.fixture(scope="session")
def trial_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("esign") / "authority"
    create_authority(
        folder,
        [("kadis", "Dr. Siti Aminah, M.Si.", "Kepala Dinas")],
        {"kadis": "sungai martapura"},
        office_code="DPMPTSP",
        organisation="DPMPTSP Kota Banjarmasin",
        base_url_of_services="http://127.0.0.1:9",
        now=NOW - timedelta(days=1),
    )
    return folder


@pytest.fixture(scope="session")
def trial_key(trial_folder: Path) -> SigningKey:
    return load_pkcs12((trial_folder / "signers" / "kadis.p12").read_bytes(), "sungai martapura")


@pytest.fixture
def office(trial_folder: Path, trial_key: SigningKey) -> TrialOffice:
    return TrialOffice(trial_folder, trial_key, load_trust(trial_folder / "trust.json"))


@pytest.fixture(scope="session")
def render(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., bytes]:
    """A rendered file ending in a newline; ``standards`` as typst names them."""
    folder = tmp_path_factory.mktemp("typst")

    def render(*standards: str, pages: int = 2) -> bytes:
        source = folder / "izin.typ"
        source.write_text(_TEMPLATE + "#pagebreak()\n= Lampiran\nIsi\n" * (pages - 2))
        data: bytes = typst.compile(
            str(source),
            format="pdf",
            pdf_standards=list(standards or ("a-3a", "ua-1")),
            sys_inputs={"claim": json.dumps(_CLAIM)},
        )
        return data + b"\n"

    return render


@pytest.fixture(scope="session")
def page(render: Callable[..., bytes]) -> bytes:
    return render()
