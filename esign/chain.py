"""From a certificate to an anchor (RFC 5280, 6), by pyhanko-certvalidator, offline, at a given moment.

Validated paths are kept in this process: a path holds as long as all its certificates are valid, so the next
signature of the same signer costs a look-up. Revocation is judged elsewhere (``esign.status``).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import DisallowedAlgorithmError, PathError, ValidationError
from pyhanko_certvalidator.path import ValidationPath

from certs.trust import TrustStore
from esign.values import Damaged

_WEAK_HASHES = frozenset({"md2", "md5", "sha1", "sha224"})
_SIGNING_USES = {
    "1.3.6.1.5.5.7.3.36", "1.2.840.113583.1.1.5", "1.3.6.1.4.1.311.10.3.12", "1.3.6.1.5.5.7.3.4",
    "1.3.6.1.5.5.7.3.2", "2.5.29.37.0",
}  # fmt: skip
"""Document signing (RFC 9336), Adobe's and Microsoft's, e-mail, client, any."""
_KEPT_PATHS = 256
_NO_PATH = (ValidationError, PathError, ValueError, TypeError, LookupError)


@dataclass(frozen=True)
class Path:
    """A validated path, leaf first, anchor last; it holds from ``since`` to ``until``."""

    certificates: tuple[x509.Certificate, ...]
    der: tuple[bytes, ...]
    since: datetime
    until: datetime

    @property
    def anchor_sha256(self) -> str:
        """The anchor's fingerprint, hex."""
        return hashlib.sha256(self.der[-1]).hexdigest()


class _Kept:
    """The last validated paths, for all threads."""

    def __init__(self) -> None:
        self._paths: OrderedDict[tuple[object, ...], Path] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[object, ...], moment: datetime) -> Path | None:
        with self._lock:
            path = self._paths.get(key)
            return path if path and path.since <= moment <= path.until else None

    def put(self, key: tuple[object, ...], path: Path) -> None:
        with self._lock:
            self._paths[key] = path
            while len(self._paths) > _KEPT_PATHS:
                self._paths.popitem(last=False)


_KEPT = _Kept()


def find_path(leaf: bytes, others: tuple[bytes, ...], trust: TrustStore, moment: datetime) -> Path:
    """A path from ``leaf`` (DER) to an anchor that is valid at ``moment``.

    Raises:
        Damaged: ``certificate-expired``, ``certificate-not-yet-valid``, ``weak-digest``, or
            ``certificate-unknown`` if none leads to an anchor.
    """
    key = (leaf, others, trust.intermediates, trust.anchors)
    kept = _KEPT.get(key, moment)
    if kept is None:
        kept = _build(leaf, others, trust, moment)
        _KEPT.put(key, kept)
    return kept


def require_signing_use(certificate: x509.Certificate) -> None:
    """Refuse a certificate that is not for signing documents (RFC 5280, 4.2.1.3 and 4.2.1.12).

    Raises:
        Damaged: ``certificate-wrong-use``.
    """
    usage, extended = _uses(certificate)
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise Damaged("certificate-wrong-use")
    if extended is not None and not extended & _SIGNING_USES:
        raise Damaged("certificate-wrong-use")


def require_stamping_use(certificate: x509.Certificate) -> None:
    """Refuse a certificate that is not for time stamps alone (RFC 3161, 2.3).

    Raises:
        Damaged: ``certificate-wrong-use``.
    """
    if _uses(certificate)[1] != {ExtendedKeyUsageOID.TIME_STAMPING.dotted_string}:
        raise Damaged("certificate-wrong-use")


def _uses(certificate: x509.Certificate) -> tuple[x509.KeyUsage | None, set[str] | None]:
    usage, extended = None, None
    try:
        for extension in certificate.extensions:
            if isinstance(extension.value, x509.KeyUsage):
                usage = extension.value
            elif isinstance(extension.value, x509.ExtendedKeyUsage):
                extended = {use.dotted_string for use in extension.value}
    except (ValueError, x509.DuplicateExtension) as error:
        raise Damaged("certificate-unreadable") from error
    return usage, extended


def _build(leaf: bytes, others: tuple[bytes, ...], trust: TrustStore, moment: datetime) -> Path:
    own = x509.load_der_x509_certificate(leaf)
    roots = tuple(anchor for anchor in trust.anchors if anchor != leaf)
    try:
        return _validate(leaf, others, roots, trust.intermediates, moment)
    except DisallowedAlgorithmError:
        failure = Damaged("weak-digest")
    except _NO_PATH:
        failure = Damaged("certificate-unknown")
    if leaf in trust.anchors:
        _require_in_time(own, moment)
        return Path((own,), (leaf,), own.not_valid_before_utc, own.not_valid_after_utc)
    if failure.code == "certificate-unknown":
        _require_known(leaf, others, roots, trust.intermediates, own)
        _require_in_time(own, moment)
    raise failure


def _require_known(
    leaf: bytes,
    others: tuple[bytes, ...],
    roots: tuple[bytes, ...],
    known: tuple[bytes, ...],
    own: x509.Certificate,
) -> None:
    """Tell an expired certificate of a known issuer from one of an unknown issuer."""
    middle = own.not_valid_before_utc + (own.not_valid_after_utc - own.not_valid_before_utc) / 2
    try:
        _validate(leaf, others, roots, known, middle)
    except _NO_PATH as error:
        raise Damaged("certificate-unknown") from error


def _require_in_time(own: x509.Certificate, moment: datetime) -> None:
    if moment > own.not_valid_after_utc:
        raise Damaged("certificate-expired")
    if moment < own.not_valid_before_utc:
        raise Damaged("certificate-not-yet-valid")


def _validate(
    leaf: bytes,
    others: tuple[bytes, ...],
    roots: tuple[bytes, ...],
    known: tuple[bytes, ...],
    moment: datetime,
) -> Path:
    context = ValidationContext(
        trust_roots=[asn1.Certificate.load(root) for root in roots],
        other_certs=[asn1.Certificate.load(other) for other in (*known, *others)],
        allow_fetching=False,
        moment=moment,
        revocation_mode="soft-fail",
        weak_hash_algos=_WEAK_HASHES,
        time_tolerance=timedelta(0),
    )
    found = _run(CertificateValidator(asn1.Certificate.load(leaf), validation_context=context))
    ders = tuple(dict.fromkeys(reversed([c.dump() for c in found.iter_certs(include_root=True)])))
    certificates = tuple(x509.load_der_x509_certificate(der) for der in ders)
    dated = certificates[:-1] or certificates
    since = max(c.not_valid_before_utc for c in dated)
    return Path(certificates, ders, since, min(c.not_valid_after_utc for c in dated))


def _run(validator: CertificateValidator) -> ValidationPath:
    """Drive the coroutine without an event loop: nothing is fetched, so it never waits."""
    work = validator.async_validate_path()
    try:
        work.send(None)
    except StopIteration as done:
        path: ValidationPath = done.value
        return path
    finally:
        work.close()
    raise Damaged("certificate-unknown")


def strangers(others: Iterable[bytes], known: set[bytes]) -> set[bytes]:
    """Those of ``others`` that neither stand in ``known`` nor issued one that does (certificates in DER).

    A signer's own certificate may be the anchor; the authorities above it then have no path to stand in.
    """
    left, family = set(others) - known, set(known)
    while issuers := {one for one in left if any(_issued(one, child) for child in family)}:
        left, family = left - issuers, issuers
    return left


def _issued(issuer: bytes, child: bytes) -> bool:
    try:
        x509.load_der_x509_certificate(child).verify_directly_issued_by(
            x509.load_der_x509_certificate(issuer)
        )
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
