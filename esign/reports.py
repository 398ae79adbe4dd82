"""One signature's findings as a report, in the words of ETSI EN 319 102-1 (tables 5 and 6)."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta, timezone

from esign.judge import Judged
from esign.signatures import Signature
from esign.status import Status
from esign.verdict import Coverage, Integrity, SignatureReport, SignerTrust

_DATE = re.compile(rb"D:(\d{14})(?:([+-])(\d{2})'?(\d{2})?'?|Z.*)?")
_PASSED, _OPEN, _FAILED = "TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED"
_SUB_INDICATIONS = (
    ("digest-mismatch", "HASH_FAILURE"),
    ("signature-invalid", "SIG_CRYPTO_FAILURE"),
    ("certificate-revoked", "REVOKED"),
    ("weak-digest", "CRYPTO_CONSTRAINTS_FAILURE"),
    ("weak-key", "CRYPTO_CONSTRAINTS_FAILURE"),
    ("certificate-unknown", "NO_CERTIFICATE_CHAIN_FOUND"),
    ("certificate-expired", "OUT_OF_BOUNDS_NO_POE"),
    ("certificate-not-yet-valid", "NOT_YET_VALID"),
    ("certificate-wrong-use", "CHAIN_CONSTRAINTS_FAILURE"),
    ("signer-not-registered", "SIG_CONSTRAINTS_FAILURE"),
    ("revocation-unknown", "TRY_LATER"),
)


def fingerprint_of(item: Judged) -> str | None:
    """The SHA-256 of the signer's certificate, 64 hex digits."""
    return hashlib.sha256(item.checked.der).hexdigest() if item.checked else None


def report(item: Judged, coverage: Coverage) -> SignatureReport:
    """What is told of a signature, by its findings and coverage."""
    sub = next((name for code, name in _SUB_INDICATIONS if code in item.codes), None)
    if item.integrity is Integrity.ALTERED:
        indication, sub = _FAILED, sub or "FORMAT_FAILURE"
    elif item.trust is SignerTrust.TRUSTED and item.status is Status.GOOD:
        indication, sub = _PASSED, None
    else:
        indication = _FAILED if sub == "REVOKED" else _OPEN
    return SignatureReport(
        integrity=item.integrity,
        trust=item.trust,
        coverage=coverage,
        level=item.level,
        signed_at=item.moment or claimed_time(item.signature),
        signer=item.signer,
        time_proven=item.moment is not None,
        certificate_sha256=fingerprint_of(item),
        indication=indication,
        sub_indication=sub,
        codes=tuple(sorted(item.codes)),
    )


def claimed_time(signature: Signature) -> datetime | None:
    """The signer's own word, from /M (ISO 32000-2, 7.9.4)."""
    raw = signature.value.get("M")
    found = _DATE.fullmatch(raw) if isinstance(raw, bytes) else None
    if found is None:
        return None
    hours, minutes = int(found[3] or 0), int(found[4] or 0)
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if found[2] == b"-" else 1)
    try:
        return datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=timezone(offset))
    except ValueError:
        return None
