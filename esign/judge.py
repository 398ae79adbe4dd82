"""One signature after the other: is it intact, who made it, when is that proven, what level does it reach?

The order is that of EN 319 102-1, 5.6: document time stamps from the newest to the oldest, each moving the
proven moment of all before it back in time; then the signatures, each at its own proven moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import NameOID

from certs.trust import TrustStore
from esign import algorithms, chain, cms_check
from esign.document import Document, View
from esign.signatures import Signature
from esign.stamps import Stamp, check_token
from esign.status import Evidence, Status, status_of_path
from esign.values import Damaged, Ref
from esign.verdict import Integrity, Level, SignerTrust

_SKEW = timedelta(minutes=5)
_LARGEST_PROOF = 20 * 1024 * 1024
_ALTERED = {
    "digest-mismatch", "signature-invalid", "byte-range-wrong", "content-type-wrong",
    "signing-certificate-mismatch", "timestamp-invalid", "signature-covers-part",
}  # fmt: skip


@dataclass
class Judged:
    """A signature and what was found about it, filled in step by step."""

    signature: Signature
    integrity: Integrity = Integrity.UNVERIFIABLE
    trust: SignerTrust = SignerTrust.UNTRUSTED
    codes: set[str] = field(default_factory=set)
    checked: cms_check.Checked | None = None
    stamp: Stamp | None = None
    path: chain.Path | None = None
    stamp_path: chain.Path | None = None
    moment: datetime | None = None
    """The proven time, None where nothing proves one."""
    status: Status = Status.UNKNOWN
    level: Level = Level.NONE

    def refuse(self, code: str) -> None:
        """Note what keeps the signature from being intact."""
        self.codes.add(code)
        self.integrity = Integrity.ALTERED if code in _ALTERED else Integrity.UNVERIFIABLE

    @property
    def signer(self) -> str | None:
        """The signer's common name."""
        return None if self.checked is None else common_name(self.checked.certificate)


@dataclass(frozen=True)
class Bench:
    """What all signatures of a file are judged by."""

    document: Document
    trust: TrustStore
    at: datetime


def judge_all(bench: Bench, signatures: list[Signature]) -> list[Judged]:
    """Judge all signatures, in the order given (that of what they cover)."""
    judged = [_check_bytes(bench, signature) for signature in signatures]
    proven, covering = bench.at, None
    for item in reversed([item for item in judged if item.signature.is_stamp]):
        if (moment := _judge_stamp(bench, item, proven)) is not None:
            proven, covering = moment, covering or item
    for item in judged:
        if not item.signature.is_stamp:
            later = [s for s in judged if s.signature.is_stamp and s.moment and _covers(s, item)]
            limit = min((s.moment for s in later if s.moment), default=bench.at)
            _judge_signer(bench, item, limit, proven_by_stamp=bool(later))
            _measure(bench, item, covering if later else None)
    return judged


def common_name(certificate: x509.Certificate) -> str | None:
    """The subject's common name."""
    try:
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except ValueError:
        return None
    return str(names[0].value) if names else None


def _check_bytes(bench: Bench, signature: Signature) -> Judged:
    """Integrity: byte range, digest, signature value, and the time-stamp token's own."""
    item = Judged(signature)
    if signature.problem:
        item.refuse(signature.problem)
        return item

    def digest(name: str) -> bytes:
        return signature.digest(bench.document, name)

    try:
        if signature.is_stamp:
            item.stamp = check_token(signature.blob, digest)
        else:
            cms = cms_check.parse(signature.blob)
            if cms.content is not None or cms.content_type != cms_check.DATA:
                raise Damaged("content-type-wrong")
            item.checked = cms_check.check(cms, digest)
            item.stamp = _signature_stamp(item.checked, item)
    except Damaged as error:
        item.refuse(error.code)
        return item
    except (ValueError, IndexError):
        item.refuse("cms-damaged")
        return item
    item.integrity = Integrity.INTACT
    if signature.revision is None:
        item.refuse("signature-covers-part")
    return item


def _signature_stamp(checked: cms_check.Checked, item: Judged) -> Stamp | None:
    if checked.token is None:
        return None
    try:
        return check_token(checked.token, lambda name: algorithms.digest(name, checked.signature))
    except Damaged as error:
        if error.code == "timestamp-invalid":
            raise
        item.codes.add("timestamp-weak")
        return None


def _judge_stamp(bench: Bench, item: Judged, proven: datetime) -> datetime | None:
    """The time that a document time stamp proves, None where it proves nothing."""
    if item.integrity is not Integrity.INTACT or item.stamp is None:
        return None
    if item.stamp.moment > bench.at + _SKEW:
        item.codes.add("timestamp-in-future")
        return None
    item.path = _stamp_path(bench, item, item.stamp, proven)
    if item.path is None:
        return None
    item.trust = SignerTrust.TRUSTED
    item.moment = item.stamp.moment
    return item.moment


def _stamp_path(bench: Bench, item: Judged, stamp: Stamp, proven: datetime) -> chain.Path | None:
    """The time-stamp authority's path at the moment at which the token is proven to have existed."""
    try:
        chain.require_stamping_use(stamp.authority.certificate)
        path = chain.find_path(stamp.authority.der, stamp.authority.others, bench.trust, proven)
    except Damaged:
        item.codes.add("timestamp-untrusted")
        return None
    evidence = _evidence(bench)
    if status_of_path(path.certificates, evidence, proven, bench.at) is Status.REVOKED:
        item.codes.add("timestamp-untrusted")
        return None
    return path


def _judge_signer(  # noqa: C901 - one question after the other, each with its own code
    bench: Bench, item: Judged, limit: datetime, *, proven_by_stamp: bool
) -> None:
    """Trust: the certificate at the proven time, else at the time of judging."""
    if item.checked is None:
        return
    item.moment = limit if proven_by_stamp else None
    if item.stamp is not None:
        item.stamp_path = _stamp_path(bench, item, item.stamp, limit)
        if item.stamp_path and item.stamp.moment > limit + _SKEW:
            item.codes.add("timestamp-in-future")
        elif item.stamp_path:
            item.moment = item.stamp.moment
    moment = item.moment or bench.at
    try:
        chain.require_signing_use(item.checked.certificate)
        item.path = chain.find_path(item.checked.der, item.checked.others, bench.trust, moment)
    except Damaged as error:
        item.codes.add(error.code)
        return
    item.status = status_of_path(item.path.certificates, _evidence(bench), moment, bench.at)
    if item.status is Status.REVOKED:
        item.codes.add("certificate-revoked")
        return
    if item.status is Status.UNKNOWN:
        item.codes.add("revocation-unknown")
    if item.integrity is Integrity.INTACT and "timestamp-in-future" not in item.codes:
        item.trust = SignerTrust.TRUSTED
    if item.moment is None:
        item.codes.add("time-not-proven")
    if item.path.anchor_sha256 in bench.trust.trial_anchors:
        item.codes.add("trial")


def _measure(bench: Bench, item: Judged, covering: Judged | None) -> None:
    """The PAdES baseline level (EN 319 142-1, 6); ``covering``: the newest good time stamp after it."""
    checked = item.checked
    if item.integrity is not Integrity.INTACT or checked is None:
        return
    if not checked.bound or item.signature.value.get("SubFilter") != "ETSI.CAdES.detached":
        item.codes.add("not-pades")
        return
    item.level = Level.B_B
    if item.moment is None or item.path is None:
        return
    item.level = Level.B_T
    if _is_long_term(bench, item, bench.document.view()):
        item.level = Level.B_LT
        stamped = covering.signature.revision if covering else None
        if stamped is not None and _is_long_term(bench, item, bench.document.view(stamped)):
            item.level = Level.B_LTA


def _is_long_term(bench: Bench, item: Judged, view: View) -> bool:
    """Whether the file itself holds proof of status for the signer and for its time stamp."""
    evidence = stored_evidence(view)
    paths = [(item.path, item.moment)]
    if item.stamp_path is not None and item.stamp is not None:
        paths.append((item.stamp_path, item.stamp.moment))
    return all(
        path is not None
        and moment is not None
        and status_of_path(path.certificates, evidence, moment, bench.at) is Status.GOOD
        for path, moment in paths
    )


def _covers(stamp: Judged, item: Judged) -> bool:
    later, own = stamp.signature.revision, item.signature.revision
    return later is not None and own is not None and later > own


def _evidence(bench: Bench) -> Evidence:
    stored = stored_evidence(bench.document.view())
    return Evidence(stored.crls + bench.trust.crls, stored.ocsps + bench.trust.ocsps)


def stored_evidence(view: View) -> Evidence:
    """The DSS's CRLs and OCSP responses (EN 319 142-1, 5.4.2); what cannot be read is left out."""
    store = view.entries(view.root.get("DSS"))
    found: dict[str, list[bytes]] = {"CRLs": [], "OCSPs": []}
    for name, items in found.items():
        for ref in view.items(store.get(name)):
            try:
                data = view.stream(ref, _LARGEST_PROOF) if isinstance(ref, Ref) else None
            except Damaged:
                continue
            if data is not None:
                items.append(data)
    return Evidence(tuple(found["CRLs"]), tuple(found["OCSPs"]))
