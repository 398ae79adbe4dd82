"""PDF in, verdict out. ``verify`` never raises, whatever the bytes are.

Outcomes, first that applies: altered (what is shown is not what was signed), unreadable (cannot be judged),
unsigned, untrusted (a signer we cannot answer for), genuine.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from certs.trust import TrustStore
from esign.agreement import require_agreement
from esign.chain import strangers
from esign.changes import ALLOWED, UNSEEN, Change, changes
from esign.claim import read_claim
from esign.document import Document
from esign.intake import MAX_SIZE, account, admit, hazards
from esign.judge import Bench, Judged, judge_all
from esign.raw import is_altered
from esign.reports import fingerprint_of, report
from esign.revisions import certification_level, require_standard
from esign.signatures import Signature, find_signatures, missing_signatures
from esign.values import Damaged
from esign.verdict import (
    Coverage,
    Integrity,
    Outcome,
    PermitClaim,
    SignerTrust,
    Verdict,
)

_BYTE_RANGE = re.compile(rb"/ByteRange[\x00\t\n\x0c\r ]*\[")
_OBJECT = re.compile(rb"\d+ \d+ obj")
_MEANS_ALTERED = {
    "bytes-before-header", "bytes-after-end", "changed-after-signing", "signature-removed", "unlisted-bytes",
    "overlapping-objects", "object-outside-revision", "byte-range-wrong", "validation-data-not-stamped",
    "cms-surplus",
}  # fmt: skip
_NOT_LOOKED_AT = {"too-large", "encrypted", "hybrid-xref"}


def verify(pdf: bytes, trust: TrustStore, at: datetime | None = None, *, max_size: int = MAX_SIZE) -> Verdict:
    """Judge a file by itself and the trust store, without network, registry or clock but ``at``.

    Args:
        pdf: any bytes.
        trust: anchors, known certificates, revocation data, the office's signer register.
        at: judge as of this moment (aware); now if None.
        max_size: the largest file that is looked at, in bytes.
    """
    blank = Verdict(Outcome.UNREADABLE, hashlib.sha256(pdf).hexdigest(), len(pdf))
    try:
        return _judge(pdf, trust, at or datetime.now(UTC), max_size, blank)
    except Damaged as error:
        return _refusal(pdf, blank, error.code)
    except MemoryError:
        return replace(blank, codes=("parser-memory",))
    except Exception:  # noqa: BLE001 - the boundary: a file that breaks a parser gets a verdict, never an error page
        return replace(blank, codes=("parser-crashed",))


def _refusal(pdf: bytes, blank: Verdict, code: str) -> Verdict:
    """The verdict on a file whose structure cannot be judged."""
    altered = (code in _MEANS_ALTERED and _BYTE_RANGE.search(pdf) is not None) or (
        code not in _NOT_LOOKED_AT and is_altered(pdf)
    )
    return replace(blank, outcome=Outcome.ALTERED if altered else Outcome.UNREADABLE, codes=(code,))


@dataclass
class _Findings:
    """What was found about the file as a whole, beside each signature's own."""

    codes: set[str] = field(default_factory=set)
    altered: bool = False
    unreadable: bool = False
    untrusted: bool = False

    def refuse(self, code: str) -> None:
        """Note why the file is not genuine."""
        self.codes.add(code)
        if code in _MEANS_ALTERED:
            self.altered = True
        else:
            self.unreadable = True


def _judge(pdf: bytes, trust: TrustStore, at: datetime, max_size: int, blank: Verdict) -> Verdict:
    document = admit(pdf, max_size)
    signatures = find_signatures(document)
    trailing = document.skeleton.trailing
    if not signatures:
        return _unsigned(document, blank)
    found = _Findings()
    if trailing and signatures[-1].byte_range[2] + signatures[-1].byte_range[3] != len(pdf):
        found.refuse("bytes-after-end")
        if _OBJECT.search(trailing):
            found.refuse("cut-short")
    judged = judge_all(Bench(document, trust, at), signatures)
    _look_inside(document, found)
    claim = _claim(document, signatures, found)
    if claim is not None:
        _hold_to_policy(document, signatures, judged, found)
    coverage = _compare(document, judged, found)
    _check_signers(judged, claim, trust, at, found)
    outcome = _outcome(judged, found)
    reports = tuple(report(item, coverage[id(item)]) for item in judged if not item.signature.is_stamp)
    codes = found.codes.union(*(item.codes for item in judged))
    whole = all(item.integrity is Integrity.INTACT for item in judged)
    return replace(
        blank, outcome=outcome, signatures=reports, claim=claim if whole else None, codes=tuple(sorted(codes))
    )


def _unsigned(document: Document, blank: Verdict) -> Verdict:
    """No signature now: there never was one, it was cut off, or it was removed."""
    if document.skeleton.trailing and _BYTE_RANGE.search(document.skeleton.trailing):
        return replace(blank, codes=("cut-short",))
    if missing_signatures(document):
        return replace(blank, outcome=Outcome.ALTERED, codes=("signature-removed",))
    return replace(blank, outcome=Outcome.UNSIGNED, codes=("unsigned",))


def _look_inside(document: Document, found: _Findings) -> None:
    """Gate and agreement of readers."""
    for code in hazards(document.view()):
        found.refuse(code)
    if missing_signatures(document):
        found.refuse("signature-removed")
    if not document.skeleton.trailing:
        try:
            require_agreement(document)
        except Damaged as error:
            found.refuse(error.code)


def _claim(document: Document, signatures: list[Signature], found: _Findings) -> PermitClaim | None:
    """The claim in what the last signer signed."""
    signed = [s.revision for s in signatures if not s.is_stamp and s.revision is not None]
    try:
        return read_claim(document.view(signed[-1] if signed else -1))
    except Damaged as error:
        found.refuse(error.code)
        return None


def _hold_to_policy(
    document: Document, signatures: list[Signature], judged: list[Judged], found: _Findings
) -> None:
    """The strict rules for our own permits."""
    try:
        require_standard(document, signatures)
    except Damaged as error:
        found.refuse(error.code)
    for item in judged:
        if _has_surplus(item):
            # The hole is covered by no signature: what stands in it must have a use.
            found.refuse("cms-surplus")
        if (
            item.signature.is_stamp
            and item.integrity is Integrity.INTACT
            and item.trust is SignerTrust.UNTRUSTED
        ):
            found.untrusted = True


def _has_surplus(item: Judged) -> bool:
    bodies = [item.checked, item.stamp.authority if item.stamp else None]
    paths = [item.path, item.stamp_path]
    known = {der for path in paths if path for der in path.der}
    for body in filter(None, bodies):
        left = set(body.others) - known
        if item.path is not None and len(item.path.der) == 1:
            left = strangers(left, known)
        if body.surplus or (item.path is not None and left):
            return True
    return False


def _compare(document: Document, judged: list[Judged], found: _Findings) -> dict[int, Coverage]:
    """What changed after each signature; the last signer must have seen all that is shown."""
    coverage = {id(item): Coverage.PARTIAL for item in judged}
    signers = [item for item in judged if not item.signature.is_stamp and item.signature.revision is not None]
    newest = document.view()
    for item in signers:
        revision = item.signature.revision or 0
        kinds = changes(document.view(revision), newest)
        level = certification_level(newest, item.signature)
        if item is signers[-1]:
            _account_for(document, revision + 1, found)
            allowed = frozenset({Change.STAMP})
        else:
            allowed = ALLOWED[level]
        if kinds - allowed:
            found.refuse("changed-after-signing")
        elif kinds - UNSEEN:
            found.codes.add("changed-between-signatures")
        if kinds & {Change.FILLED, Change.FORM} and _locks_fields(document, item.signature):
            found.refuse("form-lock-unjudged")
        if not kinds - UNSEEN - {Change.SIGNATURE} and not document.skeleton.trailing:
            coverage[id(item)] = Coverage.WHOLE
    if found.altered:
        return dict.fromkeys(coverage, Coverage.PARTIAL)
    return coverage


def _account_for(document: Document, first: int, found: _Findings) -> None:
    try:
        account(document, first)
    except Damaged as error:
        found.refuse(error.code)


def _locks_fields(document: Document, signature: Signature) -> bool:
    view = document.view()
    methods = (view.entries(r).get("TransformMethod") for r in view.items(signature.value.get("Reference")))
    return "FieldMDP" in set(methods)


def _check_signers(
    judged: list[Judged], claim: PermitClaim | None, trust: TrustStore, at: datetime, found: _Findings
) -> None:
    """Whether the signers may speak for the office that the file claims to come from."""
    if claim is None:
        if trust.office_code is not None and "claim-damaged" not in found.codes:
            found.codes.add("no-permit-claim")
    elif trust.office_code is None:
        found.codes.add("office-unknown")
    elif claim.office != trust.office_code:
        found.codes.add("other-office")
    else:
        for item in judged:
            if not item.signature.is_stamp and item.checked and not _registered(item, trust, at):
                item.codes.add("signer-not-registered")
                item.trust = SignerTrust.UNTRUSTED


def _registered(item: Judged, trust: TrustStore, at: datetime) -> bool:
    """Whether the signer stood in the register at the proven time; without one, at the time of judging."""
    moment = item.moment or at
    return any(
        entry.certificate_sha256 == fingerprint_of(item)
        and entry.since <= moment
        and (entry.until is None or moment <= entry.until)
        for entry in trust.signers
    )


def _outcome(judged: list[Judged], found: _Findings) -> Outcome:
    signers = [item for item in judged if not item.signature.is_stamp]
    if found.altered or any(item.integrity is Integrity.ALTERED for item in judged):
        return Outcome.ALTERED
    if found.unreadable:
        return Outcome.UNREADABLE
    if not signers:
        found.codes.add("only-timestamps")
        return Outcome.UNSIGNED
    if any(item.integrity is Integrity.UNVERIFIABLE for item in judged):
        weak = {"weak-digest", "weak-key", "algorithm-unknown", "signature-format-unknown"}
        unknown = all(item.integrity is Integrity.INTACT or item.codes & weak for item in judged)
        return Outcome.UNTRUSTED if unknown else Outcome.UNREADABLE
    if found.untrusted or any(item.trust is SignerTrust.UNTRUSTED for item in signers):
        return Outcome.UNTRUSTED
    return Outcome.GENUINE
