"""veraPDF, the PDF/A and PDF/UA validator, from Maven Central; kept in the user's cache between runs."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

_HERE = Path(__file__).parent / "verapdf"


def validate(pdf: bytes, flavour: str = "3a") -> list[str]:
    """The rules that the file breaks (clause, test, message, place); empty when it conforms.

    Args:
        pdf: the file.
        flavour: ``"3a"`` for PDF/A-3a, ``"ua1"`` for PDF/UA-1.
    """
    jars = _jars()
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        done = subprocess.run(
            ["java", "-Xshare:auto", "-cp", f"{jars}/*", str(_HERE / "Validate.java"), flavour, file.name],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    *failures, verdict = done.stdout.splitlines() or [""]
    assert done.returncode == 0, done.stderr[-2000:]
    assert (verdict == "COMPLIANT") == (not failures), done.stdout
    return failures


@cache
def _jars() -> Path:
    """The folder of veraPDF's jars, fetched once; skips the test where Java or Maven is missing."""
    if not (shutil.which("java") and shutil.which("mvn")):
        pytest.skip("veraPDF needs Java and Maven")
    pom = _HERE / "pom.xml"
    digest = hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    folder = Path.home() / ".cache" / "sahih" / f"verapdf-{digest}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as fresh:
        command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]
        done = subprocess.run(
            [*command, f"-DoutputDirectory={fresh}/jars"], capture_output=True, timeout=600, check=False
        )
        if done.returncode:
            pytest.skip("veraPDF could not be fetched")
        Path(fresh, "jars").rename(folder)
    return folder
