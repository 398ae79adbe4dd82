"""Whether a CRL (RFC 5280, 6.3.3) or an OCSP response (RFC 6960, 3.2) proves a certificate's status now."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from certs.errors import RevocationUnavailable

_CLOCK_SKEW = timedelta(minutes=5)


def require_list(data: bytes, issuer: x509.Certificate, now: datetime) -> datetime:
    """Refuse a list that proves nothing; gives the time until which it is good.

    Raises:
        RevocationUnavailable: unreadable, stale, partial, or not signed by the issuer.
    """
    try:
        crl = x509.load_der_x509_crl(data)
        key, until = issuer.public_key(), crl.next_update_utc
        signed = isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey) and crl.is_signature_valid(key)
        partial = any(_is_partial(extension.value) for extension in crl.extensions)
    except (ValueError, TypeError) as error:
        raise RevocationUnavailable("Daftar pencabutan tidak dapat dibaca.") from error
    if not signed or partial or crl.issuer != issuer.subject:
        raise RevocationUnavailable("Daftar pencabutan bukan dari penerbit sertifikat.")
    if until is None or until < now or crl.last_update_utc > now + _CLOCK_SKEW:
        raise RevocationUnavailable("Daftar pencabutan sudah basi.")
    return until


def require_answer(
    answer: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
) -> datetime:
    """Refuse a response that proves nothing ("revoked" is proof too); gives the time until which it is good.

    Raises:
        RevocationUnavailable: refused, about another certificate, stale, or not signed by the issuer or a
            responder that the issuer appointed.
    """
    try:
        response = ocsp.load_der_ocsp_response(answer)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise RevocationUnavailable("Layanan status sertifikat menolak menjawab.")
        fits = (
            response.serial_number == certificate.serial_number
            and response.certificate_status is not ocsp.OCSPCertStatus.UNKNOWN
            and response.this_update_utc <= now + _CLOCK_SKEW
            and (response.next_update_utc is None or now <= response.next_update_utc)
        )
        until = response.next_update_utc or now
        _check_signature(response, _responder(response, issuer))
    except (ValueError, TypeError, InvalidSignature) as error:
        raise RevocationUnavailable("Jawaban status sertifikat tidak dapat dipercaya.") from error
    if not fits:
        raise RevocationUnavailable("Jawaban status sertifikat bukan untuk sertifikat ini atau sudah basi.")
    return until


def _is_partial(extension: x509.ExtensionType) -> bool:
    """A list of changes, of some reasons, or of others' certificates (RFC 5280, 5.2.4-5.2.5)."""
    if isinstance(extension, x509.IssuingDistributionPoint):
        return bool(
            extension.only_some_reasons or extension.indirect_crl or extension.only_contains_attribute_certs
        )
    return isinstance(extension, x509.DeltaCRLIndicator)


def _responder(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> x509.Certificate:
    if response.responder_name == issuer.subject or not response.certificates:
        return issuer
    delegate = response.certificates[0]
    delegate.verify_directly_issued_by(issuer)
    usages = [e.value for e in delegate.extensions if isinstance(e.value, x509.ExtendedKeyUsage)]
    if not any(ExtendedKeyUsageOID.OCSP_SIGNING in usage for usage in usages):
        raise ValueError("the responder was not appointed by the issuer")
    return delegate


def _check_signature(response: ocsp.OCSPResponse, responder: x509.Certificate) -> None:
    key, algorithm = responder.public_key(), response.signature_hash_algorithm
    if algorithm is None:
        raise ValueError("no digest algorithm")
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), algorithm)
    else:
        raise TypeError("a responder's key of an unknown kind")
