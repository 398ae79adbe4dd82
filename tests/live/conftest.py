from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

Validate = Callable[..., list[str]]


@pytest.fixture(scope="session")
def verapdf() -> Validate:
    """``verapdf.validate(pdf, flavour)``: the rules that a file breaks."""
    validate: Validate = runpy.run_path(str(Path(__file__).parent / "verapdf.py"))["validate"]
    return validate
