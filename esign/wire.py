"""A verdict as JSON and back: how it leaves the sandbox. Every word is checked against its enumeration."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import datetime
from typing import Any

from esign.verdict import (
    Coverage,
    Integrity,
    Level,
    Outcome,
    PermitClaim,
    SignatureReport,
    SignerTrust,
    Verdict,
)


def fingerprint(pdf: bytes) -> str:
    """Return the SHA-256 of a file, 64 hex digits."""
    return hashlib.sha256(pdf).hexdigest()


def verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON holds it."""
    row = asdict(verdict)
    for report in row["signatures"]:
        report["signed_at"] = report["signed_at"].isoformat() if report["signed_at"] else None
    return row


def verdict_from_json(row: dict[str, Any]) -> Verdict:
    """Return the verdict that ``verdict_to_json`` wrote.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    return Verdict(
        outcome=Outcome(row["outcome"]),
        sha256=str(row["sha256"]),
        size=int(row["size"]),
        signatures=tuple(_report(one) for one in row["signatures"]),
        claim=_claim(row["claim"]) if row["claim"] else None,
        codes=tuple(str(code) for code in row["codes"]),
    )


def _report(row: dict[str, Any]) -> SignatureReport:
    return SignatureReport(
        integrity=Integrity(row["integrity"]),
        trust=SignerTrust(row["trust"]),
        coverage=Coverage(row["coverage"]),
        level=Level(row["level"]),
        signed_at=datetime.fromisoformat(row["signed_at"]) if row["signed_at"] else None,
        signer=_text(row["signer"]),
        time_proven=bool(row["time_proven"]),
        certificate_sha256=_text(row["certificate_sha256"]),
        indication=str(row["indication"]),
        sub_indication=_text(row["sub_indication"]),
        codes=tuple(str(code) for code in row["codes"]),
    )


def _claim(row: dict[str, Any]) -> PermitClaim:
    return PermitClaim(
        permit_id=str(row["permit_id"]),
        type_code=str(row["type_code"]),
        number=str(row["number"]),
        token=str(row["token"]),
        office=str(row["office"]),
        document=dict(row["document"]),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
