"""The answer to "is this real?": frozen types, one question an attribute.

Words follow ETSI EN 319 102-1 (indications) and ETSI EN 319 142-1 (PAdES baseline levels).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """The verdict in one word. GENUINE: every signature intact and trusted, and all shown is covered."""

    GENUINE = "genuine"
    ALTERED = "altered"
    UNTRUSTED = "untrusted"
    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"


class Integrity(StrEnum):
    """Whether the signed bytes are the ones that were signed."""

    INTACT = "intact"
    ALTERED = "altered"
    UNVERIFIABLE = "unverifiable"


class Coverage(StrEnum):
    """Whether what a reader shows is what the signer saw."""

    WHOLE = "whole"
    PARTIAL = "partial"


class SignerTrust(StrEnum):
    """Whether the signer's certificate chains to an anchor we hold."""

    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"


class Level(StrEnum):
    """The PAdES baseline level, measured by parsing; NONE: not even B-B."""

    NONE = "none"
    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"


@dataclass(frozen=True)
class SignatureReport:
    """One signature, each question answered on its own.

    ``signed_at`` is the proven time (time-stamp token) if ``time_proven``, else the claimed one.
    ``signer`` is the certificate's subject common name; ``certificate_sha256`` its fingerprint, hex.
    ``indication`` and ``sub_indication`` are EN 319 102-1's (TOTAL-PASSED, INDETERMINATE, TOTAL-FAILED).
    """

    integrity: Integrity
    trust: SignerTrust
    coverage: Coverage
    level: Level
    signed_at: datetime | None
    signer: str | None
    time_proven: bool = False
    certificate_sha256: str | None = None
    indication: str = "INDETERMINATE"
    sub_indication: str | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PermitClaim:
    """What an intact file says of itself in its embedded permit.json (all untrusted unless GENUINE)."""

    permit_id: str
    type_code: str
    number: str
    token: str
    office: str
    document: dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """The whole answer for one file. ``codes`` are stable reason codes, sorted, documented in docs."""

    outcome: Outcome
    sha256: str
    size: int
    signatures: tuple[SignatureReport, ...] = ()
    claim: PermitClaim | None = None
    codes: tuple[str, ...] = ()

    @property
    def level(self) -> Level:
        """The lowest level among the signatures; NONE where there are none."""
        order = list(Level)
        return min((s.level for s in self.signatures), key=order.index, default=Level.NONE)
