"""How many permits a second does the whole path issue, and which stage costs what?

    python bench/issue.py [MANY]     (500)

Starts an office in a temporary folder, issues a batch through the command line, and times each stage alone in
one process. Prints JSON lines, the last one the summary.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from harness import OfficeUp

from api.bootstrap import close_office, open_office, open_signing_side
from api.settings import load_settings
from certs.keys import load_pkcs12
from esign.render import Renderer
from office import draft, signing
from office.accounts import find_account
from office.approve import approval_digest


def main(many: int) -> None:
    root = Path(tempfile.mkdtemp(prefix="sahih-bench-"))
    root.chmod(0o755)
    office = OfficeUp(root / "data").start()
    try:
        office.json("issue", "--type", "sktu", office.batch("warm", 10), user="kepala_dinas")
        began = time.perf_counter()
        rows = office.json("issue", "--type", "sktu", office.batch("bench", many), user="kepala_dinas")
        whole = time.perf_counter() - began
        behind = time.perf_counter()
        office.settle(600)
        settled = time.perf_counter() - behind
        per_stage = stages(office)
        for name, seconds in per_stage.items():
            print(json.dumps({"stage": name, "ms": round(seconds * 1000, 2)}), flush=True)
        summary = {
            "permits": len(rows),
            "seconds": round(whole, 2),
            "permits_a_second": round(len(rows) / whole, 1),
            "seconds_until_all_preserved": round(whole + settled, 1),
            "stages_ms": {name: round(s * 1000, 2) for name, s in per_stage.items()},
        }
        print(json.dumps({"summary": summary}), flush=True)
    finally:
        office.stop()
        shutil.rmtree(root)


def stages(office: OfficeUp, times: int = 40) -> dict[str, float]:
    """Median seconds of each stage of one permit, alone in this process (``whole``: all of it)."""
    settings = load_settings(office.data)
    side, desk = open_signing_side(settings), open_office(settings)
    user, passphrase = office.accounts["kepala_dinas"]
    key = load_pkcs12((settings.authority_folder / "signers" / f"{user}.p12").read_bytes(), passphrase)
    who = find_account(desk, user)
    assert who is not None
    facts = dict(desk.catalog.get("sktu").example)
    permits = draft.create_many(desk, who, "sktu", [(facts, None)] * times, submit_too=True)
    took: dict[str, list[float]] = {}
    watched = {"number": "_number", "seal and sheet": "_sheet", "sign": "sign_pdf", "verify": "verify"}
    watched |= {"commit bytes": "_keep", "store and publish": "publish"}
    for name, function in watched.items():
        setattr(signing, function, timed(getattr(signing, function), took.setdefault(name, [])))
    rendering = took.setdefault("render with QR", [])
    side = replace(side, renderer=Timed(side.renderer, rendering))
    whole = timed(signing.sign_one, took.setdefault("whole", []))
    for permit in permits:
        whole(side, permit.id, approval_digest(desk.catalog, permit), key, user)
    close_office(desk)
    return {name: statistics.median(samples) for name, samples in took.items()}


def timed(function: Callable[..., Any], samples: list[float]) -> Callable[..., Any]:
    """Return ``function`` with each call's seconds noted in ``samples``."""

    def call(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            samples.append(time.perf_counter() - began)

    return call


class Timed:
    """A renderer whose time is noted."""

    def __init__(self, renderer: Renderer, samples: list[float]) -> None:
        self.permit = timed(renderer.permit, samples)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
