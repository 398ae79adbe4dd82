"""Whether a certificate was revoked at a moment: by CRLs (RFC 5280, 6.3) and OCSP (RFC 6960, 3.2)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from esign import der_reader as der

_SKEW = timedelta(minutes=5)
_UNREADABLE = (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.DuplicateExtension)


class Status(StrEnum):
    """What the evidence says of a certificate at a moment."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Evidence:
    """Proofs of status in DER, from a file's DSS or from the trust store."""

    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()


def status_of_path(
    path: tuple[x509.Certificate, ...], evidence: Evidence, moment: datetime, at: datetime
) -> Status:
    """The worst status along a path (leaf first, the anchor left out); UNKNOWN for a path of one."""
    if len(path) < 2:
        return Status.UNKNOWN
    found = {
        status_of(certificate, issuer, evidence, moment, at)
        for certificate, issuer in itertools.pairwise(path)
    }
    return next(status for status in (Status.REVOKED, Status.UNKNOWN, Status.GOOD) if status in found)


def status_of(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    evidence: Evidence,
    moment: datetime,
    at: datetime,
) -> Status:
    """The status at ``moment``, by what was published until ``at`` and was not yet stale at ``moment``."""
    good = False
    for revoked_at, until in _answers(certificate, issuer, evidence, at + _SKEW):
        if revoked_at is not None and revoked_at <= moment:
            return Status.REVOKED
        good = good or until >= moment
    return Status.GOOD if good else Status.UNKNOWN


_Answer = tuple[datetime | None, datetime]


def _answers(
    certificate: x509.Certificate, issuer: x509.Certificate, evidence: Evidence, latest: datetime
) -> Iterator[_Answer]:
    """(time of revocation or None, until when this stands) from each proof that the issuer stands behind."""
    for data in evidence.ocsps:
        try:
            yield from _from_response(_load_ocsp(data), certificate, issuer, latest)
        except _UNREADABLE:
            continue
    for data in evidence.crls:
        try:
            yield from _from_list(_load_crl(data), certificate, issuer, latest)
        except _UNREADABLE:
            continue


def _from_list(
    crl: x509.CertificateRevocationList,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    latest: datetime,
) -> Iterator[_Answer]:
    key = issuer.public_key()
    if crl.issuer != issuer.subject or crl.last_update_utc > latest:
        return
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey) or not crl.is_signature_valid(key):
        return
    if any(_is_partial(extension.value) for extension in crl.extensions) or not _may(issuer, "crl_sign"):
        return
    entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
    yield (entry.revocation_date_utc if entry else None), crl.next_update_utc or crl.last_update_utc


def _from_response(
    response: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate, latest: datetime
) -> Iterator[_Answer]:
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return
    answers = [a for a in response.responses if a.serial_number == certificate.serial_number]
    if not answers:
        return
    _check_signature(response, _responder(response, issuer))
    for answer in answers:
        unknown = answer.certificate_status is ocsp.OCSPCertStatus.UNKNOWN
        if unknown or not _names(answer, issuer) or answer.this_update_utc > latest:
            continue
        yield answer.revocation_time_utc, answer.next_update_utc or answer.this_update_utc


@lru_cache(maxsize=64)
def _load_crl(data: bytes) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl(data)


@lru_cache(maxsize=64)
def _load_ocsp(data: bytes) -> ocsp.OCSPResponse:
    return ocsp.load_der_ocsp_response(data)


def _names(answer: ocsp.OCSPSingleResponse, issuer: x509.Certificate) -> bool:
    info = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    bits = der.children(der.read(info))[1].body[1:]
    hashed = hashes.Hash(answer.hash_algorithm)
    hashed.update(bits)
    return hashed.finalize() == answer.issuer_key_hash


def _is_partial(extension: x509.ExtensionType) -> bool:
    if isinstance(extension, x509.IssuingDistributionPoint):
        return bool(
            extension.only_some_reasons or extension.indirect_crl or extension.only_contains_attribute_certs
        )
    return isinstance(extension, x509.DeltaCRLIndicator)


def _may(issuer: x509.Certificate, use: str) -> bool:
    usages = [e.value for e in issuer.extensions if isinstance(e.value, x509.KeyUsage)]
    return all(getattr(usage, use) for usage in usages)


def _responder(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> x509.Certificate:
    """The issuer itself, or one that it appointed (RFC 6960, 4.2.2.2)."""
    if response.responder_name == issuer.subject or not response.certificates:
        return issuer
    delegate = response.certificates[0]
    delegate.verify_directly_issued_by(issuer)
    usages = [e.value for e in delegate.extensions if isinstance(e.value, x509.ExtendedKeyUsage)]
    if not any(ExtendedKeyUsageOID.OCSP_SIGNING in usage for usage in usages):
        raise ValueError("not appointed")
    if not delegate.not_valid_before_utc <= response.produced_at_utc <= delegate.not_valid_after_utc:
        raise ValueError("not valid when it answered")
    return delegate


def _check_signature(response: ocsp.OCSPResponse, responder: x509.Certificate) -> None:
    key, algorithm = responder.public_key(), response.signature_hash_algorithm
    if algorithm is None or algorithm.digest_size < 32:
        raise ValueError("weak or no digest")
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), algorithm)
    else:
        raise TypeError("a key of an unknown kind")
