"""How long does signing one permit take: rendered PDF in, signed PDF out, without a time-stamp authority?

    python bench/sign.py [--rounds N]

Ours against pyHanko's SimpleSigner with its defaults (PAdES, certified), turn by turn in one process, on the
same two-page PDF/A-3a; RSA-2048 and P-256. JSON lines; the last one is the summary, times in milliseconds.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typst
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import sign_pdf as pyhanko_sign

from certs.keys import PrivateKey, load_pkcs12
from esign.sign import SignatureBox, sign_pdf

PASSPHRASE = "bench"
TEMPLATE = """
#set document(title: "Izin")
#set text(lang: "id", region: "ID")
= Surat Keterangan Tempat Usaha
#table(columns: 2, ..range(40).map(i => [Keterangan #i]))
#pagebreak()
= Pengesahan
Ketentuan yang berlaku dan tanda tangan.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    rounds: int = parser.parse_args().rounds
    page = render()
    summary: dict[str, object] = {"bench": "sign", "pdf_bytes": len(page), "rounds": rounds}
    for name, private in (
        ("rsa-2048", rsa.generate_private_key(65537, 2048)),
        ("p-256", ec.generate_private_key(ec.SECP256R1())),
    ):
        data = p12(private)
        ways = {"sahih": ours(page, data), "pyhanko": simple_signer(page, data)}
        times = measure(ways, rounds)
        for way, spent in times.items():
            line = {"key": name, "way": way, "median_ms": ms(spent), "best_ms": round(min(spent) * 1e3, 2)}
            print(json.dumps(line | {"signed_bytes": len(ways[way]())}), flush=True)
        ratio = statistics.median(times["pyhanko"]) / statistics.median(times["sahih"])
        summary[name] = {way: ms(spent) for way, spent in times.items()} | {"ratio": round(ratio, 1)}
    print(json.dumps(summary))


def measure(ways: dict[str, Callable[[], bytes]], rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(rounds + 2):
        for way, run in ways.items():
            began = time.perf_counter()
            run()
            if turn >= 2:  # the first turns fill caches
                times[way].append(time.perf_counter() - began)
    return times


def ours(page: bytes, data: bytes) -> Callable[[], bytes]:
    key, when = load_pkcs12(data, PASSPHRASE), datetime.now(UTC)
    box = SignatureBox(1, 300, 100, 500, 200)
    return lambda: sign_pdf(
        page,
        box,
        key,
        None,
        when=when,
        name="Kepala Dinas",
        reason="Menerbitkan izin",
        location="Banjarmasin",
    )


def simple_signer(page: bytes, data: bytes) -> Callable[[], bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "key.p12")
        path.write_bytes(data)
        signer = SimpleSigner.load_pkcs12(str(path), passphrase=PASSPHRASE.encode())
    assert signer is not None
    metadata = PdfSignatureMetadata(
        field_name="Signature1",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        reason="Menerbitkan izin",
        location="Banjarmasin",
    )

    def run() -> bytes:
        out: io.BytesIO = pyhanko_sign(IncrementalPdfFileWriter(io.BytesIO(page)), metadata, signer)
        return out.getvalue()

    return run


def render() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "izin.typ")
        source.write_text(TEMPLATE)
        data: bytes = typst.compile(str(source), format="pdf", pdf_standards=["a-3a"])
    return data + b"\n"


def p12(private: PrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Bench")])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(days=1)).add_extension(usage, True)
    certificate = builder.not_valid_after(now + timedelta(days=1)).sign(private, hashes.SHA256())
    encryption = BestAvailableEncryption(PASSPHRASE.encode())
    return pkcs12.serialize_key_and_certificates(b"bench", private, certificate, None, encryption)


def ms(spent: list[float]) -> float:
    return round(statistics.median(spent) * 1e3, 2)


if __name__ == "__main__":
    main()
