"""A verdict in the stable JSON form that the command line, the API and the registry share."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from esign.verdict import SignatureReport, Verdict


def signature_json(one: SignatureReport) -> dict[str, Any]:
    """Return one signature's answers; ``signed_at`` is RFC 3339 in UTC."""
    return {
        "integrity": one.integrity.value,
        "trust": one.trust.value,
        "coverage": one.coverage.value,
        "level": one.level.value,
        "signed_at": one.signed_at.astimezone(UTC).isoformat() if one.signed_at else None,
        "time_proven": one.time_proven,
        "signer": one.signer,
        "certificate_sha256": one.certificate_sha256,
        "indication": one.indication,
        "sub_indication": one.sub_indication,
        "codes": list(one.codes),
    }


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """Return verdict, signatures and codes."""
    return {
        "verdict": verdict.outcome.value,
        "sha256": verdict.sha256,
        "signatures": [signature_json(one) for one in verdict.signatures],
        "codes": list(verdict.codes),
    }
