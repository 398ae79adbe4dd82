"""Real permits of every type, as issued and as preserved, before judges not ours: veraPDF and poppler."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest
from harness import TYPES

CODES = sorted(p.parent.name for p in TYPES.glob("*/example.json"))
PRESERVING_SECONDS = 120


@pytest.fixture(scope="module")
def issued(office_up, tmp_path_factory):
    """The bytes of a permit of each type at both levels: (type, level) -> PDF."""
    folder, files = tmp_path_factory.mktemp("izin"), {}
    for code in CODES:
        held = office_up.issue(code, folder / "bt.pdf")
        end = time.monotonic() + PRESERVING_SECONDS
        while (levels := _levels(office_up, held["number"])) != ["B-T", "B-LTA"]:
            assert time.monotonic() < end, levels
            time.sleep(0.5)
        office_up.json("show", held["number"], "--out", folder / "lta.pdf")
        files[code, "B-T"] = (folder / "bt.pdf").read_bytes()
        files[code, "B-LTA"] = (folder / "lta.pdf").read_bytes()
    return files


def _levels(office, number):
    return [version["level"] for version in office.json("show", number)[0]["versions"]]


@pytest.mark.parametrize("flavour", ["3a", "ua1"])
@pytest.mark.parametrize("level", ["B-T", "B-LTA"])
@pytest.mark.parametrize("code", CODES)
def test_a_real_permit_keeps_to_pdf_a_and_pdf_ua(issued, verapdf, code, level, flavour):
    assert verapdf(issued[code, level], flavour) == []


@pytest.fixture(scope="module")
def poppler(tmp_path_factory):
    """What poppler says of a file's signatures, each as its lines; certificates are not its matter."""
    if not shutil.which("pdfsig"):
        pytest.skip("poppler's pdfsig is not here")
    path = tmp_path_factory.mktemp("poppler") / "izin.pdf"

    def ask(pdf):
        path.write_bytes(pdf)
        done = subprocess.run(
            ["pdfsig", "-nocert", str(path)], capture_output=True, text=True, timeout=60, check=False
        )
        return done.stdout.split("Signature #")[1:]

    return ask


@pytest.mark.parametrize("code", CODES)
def test_poppler_finds_the_signature_valid_and_over_the_whole_file(issued, poppler, code):
    (signature,) = poppler(issued[code, "B-T"])
    assert "Signature is Valid." in signature
    assert "Total document signed" in signature
    assert "ETSI.CAdES.detached" in signature


@pytest.mark.parametrize("code", CODES)
def test_poppler_finds_the_preserved_permit_signed_and_time_stamped(issued, poppler, code):
    signature, stamp = poppler(issued[code, "B-LTA"])
    assert "Signature is Valid." in signature
    assert "ETSI.CAdES.detached" in signature
    assert "Not total document signed" in signature
    assert "Total document signed" in stamp


def test_poppler_is_awake(issued, poppler):
    pdf = bytearray(issued[CODES[0], "B-T"])
    pdf[pdf.index(b"stream", len(pdf) // 8) + 40] ^= 1
    (signature,) = poppler(bytes(pdf))
    assert "Signature is Valid." not in signature
