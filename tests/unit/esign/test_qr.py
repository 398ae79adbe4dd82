"""The QR: set by typst at 30 mm, rasterised at 300 dpi and read by a library that did not make it."""

from __future__ import annotations

import re
from datetime import date

import pypdfium2
import pytest
import typst
import zxingcpp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from esign.qr import QUIET_ZONE, qr_svg, qr_version, verification_url
from esign.seal import SealedFacts, SealKey, SealRefused, from_base32, make_seal, normalise_token, read_seal

SECRET = ec.derive_private_key(0x5EA1, ec.SECP256R1())
KEY = SealKey.load(SECRET.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
TOKEN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BASE = "https://izin.banjarmasinkota.go.id"


def facts(holder: str) -> SealedFacts:
    return SealedFacts(
        office_code="DPMPTSP-BJM",
        number="503/0042/SKTU/DPMPTSP/2026",
        type_code="sktu",
        holder=holder,
        issued_on=date(2026, 11, 24),
        valid_until=date(2031, 11, 24),
        facts_sha256="5e" * 32,
    )


def url_for(holder: str) -> str:
    return verification_url(BASE, TOKEN, make_seal(facts(holder), TOKEN, KEY))


def printed(svg: bytes, dpi: int, turned: int = 0) -> list[str]:
    """Set the SVG at 30 mm, its quiet zone included, print it at ``dpi`` and return what a reader reads."""
    quoted = svg.decode().replace('"', r"\"")
    page = (
        "#set page(width: 60mm, height: 60mm, margin: 0mm)\n"
        f'#place(center + horizon, rotate({turned}deg, image(bytes("{quoted}"), width: 30mm)))'
    )
    with pypdfium2.PdfDocument(typst.compile(page.encode())) as pdf:
        picture = pdf[0].render(scale=dpi / 72, grayscale=True)
        rows = memoryview(picture.buffer).cast("B", (picture.height, picture.stride))
        return [code.text for code in zxingcpp.read_barcodes(rows, formats=zxingcpp.BarcodeFormat.QRCode)]


@pytest.mark.parametrize("turned", [0, 7, 90, 183])
@pytest.mark.parametrize(
    "holder", ["Muhammad Noor Hidayatulla", "Koperasi Nelayan Sinar Barito Jaya Sentosa Abadi"]
)
def test_a_print_of_30_mm_at_300_dpi_is_read_and_its_seal_holds(holder, turned):
    [text] = printed(qr_svg(url_for(holder)), 300, turned)
    assert text == url_for(holder)
    address, _, seal = text.partition("#")
    token = normalise_token(address)
    assert token == TOKEN
    assert read_seal(from_base32(seal), token, {KEY.kid: KEY.public}) == facts(holder).as_sealed()


def test_a_coarse_print_of_half_the_dots_is_still_read():
    assert printed(qr_svg(url_for("Muhammad Noor Hidayatulla")), 150) == [
        url_for("Muhammad Noor Hidayatulla")
    ]


def test_level_m_repairs_a_stain_on_the_print():
    svg = qr_svg(url_for("Muhammad Noor Hidayatulla"))
    stained = svg.replace(b"</svg>", b'<rect x="30" y="34" width="12" height="12" fill="#000"/></svg>')
    assert printed(stained, 300) == [url_for("Muhammad Noor Hidayatulla")]


def test_realistic_names_stay_within_version_12_and_the_longest_within_16():
    assert qr_version(url_for("Siti")) <= 12
    assert qr_version(url_for("Muhammad Noor Hidayatulla")) <= 12
    assert qr_version(url_for("x" * 200)) <= 12
    assert qr_version(url_for("龘" * 200)) <= 16


def test_the_address_is_upper_case_and_a_path_of_the_site_keeps_its_case():
    seal = b"\x00\xff"
    assert verification_url(BASE, TOKEN, seal) == f"HTTPS://IZIN.BANJARMASINKOTA.GO.ID/V/{TOKEN}#AD7Q"
    assert verification_url(BASE + "/", TOKEN, seal) == verification_url(BASE, TOKEN, seal)
    assert verification_url("http://127.0.0.1:8443", TOKEN, seal).startswith("HTTP://127.0.0.1:8443/V/")
    assert verification_url("https://a.go.id/izin/", TOKEN, seal).startswith("HTTPS://A.GO.ID/izin/V/")


def test_upper_case_buys_smaller_squares():
    url = url_for("Muhammad Noor Hidayatulla")
    assert qr_version(url) < qr_version(url.lower())


def test_the_picture_is_black_on_white_with_its_quiet_zone_in_one_path():
    url = url_for("Siti")
    svg = qr_svg(url).decode("ascii")
    side = 17 + 4 * qr_version(url) + 2 * QUIET_ZONE
    assert f'viewBox="0 0 {side} {side}"' in svg
    assert svg.count("<path") == 1
    assert set(re.findall(r'fill="([^"]*)"', svg)) == {"#fff", "#000"}
    runs = [(int(x), int(y), int(wide)) for x, y, wide in re.findall(r"M(\d+) (\d+)h(\d+)v1H\d+z", svg)]
    assert min(x for x, _, _ in runs) == min(y for _, y, _ in runs) == QUIET_ZONE
    assert max(x + wide for x, _, wide in runs) == max(y for _, y, _ in runs) + 1 == side - QUIET_ZONE


def test_same_address_same_picture():
    assert qr_svg(url_for("Siti")) == qr_svg(url_for("Siti"))


def test_an_address_no_qr_holds_is_refused():
    for draw in (qr_svg, qr_version):
        with pytest.raises(SealRefused) as caught:
            draw("A" * 5000)
        assert caught.value.code == "seal-too-long"
