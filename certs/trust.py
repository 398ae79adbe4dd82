"""Whom we trust: anchors, known certificates, revocation data, the office's signer register.

A ``TrustStore`` is a plain frozen value (DER bytes), so that it travels into the sandbox by pickle.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from certs.errors import TrustConfigError


@dataclass(frozen=True)
class RegisteredSigner:
    """One entry of the office's signer register: who may sign its permits, and when.

    ``certificate_sha256`` is the fingerprint of the certificate's DER, 64 hex digits.
    """

    certificate_sha256: str
    name: str
    title: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class TrustStore:
    """All that a verdict may rely on besides the file itself (certificates, CRLs, OCSPs in DER)."""

    anchors: tuple[bytes, ...] = ()
    intermediates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    signers: tuple[RegisteredSigner, ...] = ()
    office_code: str | None = None
    trial_anchors: frozenset[str] = field(default_factory=frozenset)
    """SHA-256 (hex) of those anchors under which a signature is only a trial (UJI COBA)."""


def save_trust(store: TrustStore, path: Path) -> None:
    """Write the store as JSON (certificates and lists in base64), whole or not at all."""

    def b64(items: tuple[bytes, ...]) -> list[str]:
        return [base64.b64encode(item).decode() for item in items]

    document = {
        "anchors": b64(store.anchors),
        "intermediates": b64(store.intermediates),
        "crls": b64(store.crls),
        "ocsps": b64(store.ocsps),
        "signers": [_signer_to_json(s) for s in store.signers],
        "office_code": store.office_code,
        "trial_anchors": sorted(store.trial_anchors),
    }
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(document, indent=1))
    fresh.replace(path)


def load_trust(path: Path) -> TrustStore:
    """Read a store written by ``save_trust``.

    Raises:
        TrustConfigError: the file is absent, damaged or of another shape.
    """

    def der(items: list[str]) -> tuple[bytes, ...]:
        return tuple(base64.b64decode(item, validate=True) for item in items)

    try:
        document = json.loads(path.read_text())
        return TrustStore(
            anchors=der(document["anchors"]),
            intermediates=der(document["intermediates"]),
            crls=der(document["crls"]),
            ocsps=der(document["ocsps"]),
            signers=tuple(_signer_from_json(s) for s in document["signers"]),
            office_code=document["office_code"],
            trial_anchors=frozenset(document["trial_anchors"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrustConfigError(f"{path}: {error}") from error


def _signer_to_json(signer: RegisteredSigner) -> dict[str, Any]:
    return {
        "certificate_sha256": signer.certificate_sha256,
        "name": signer.name,
        "title": signer.title,
        "since": signer.since.isoformat(),
        "until": signer.until.isoformat() if signer.until else None,
    }


def _signer_from_json(row: dict[str, Any]) -> RegisteredSigner:
    return RegisteredSigner(
        certificate_sha256=row["certificate_sha256"],
        name=row["name"],
        title=row["title"],
        since=datetime.fromisoformat(row["since"]),
        until=datetime.fromisoformat(row["until"]) if row["until"] else None,
    )
