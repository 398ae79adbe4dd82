"""Whether an OCSP response answers for a certificate, now, with its issuer's authority (RFC 6960, 3.2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from certs.errors import RevocationUnavailable

_CLOCK_SKEW = timedelta(minutes=5)


def require_good_answer(
    answer: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
) -> None:
    """Refuse a response that proves nothing; "revoked" is a proof too.

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
        _check_signature(response, _responder(response, issuer))
    except (ValueError, TypeError, InvalidSignature) as error:
        raise RevocationUnavailable("Jawaban status sertifikat tidak dapat dipercaya.") from error
    if not fits:
        raise RevocationUnavailable("Jawaban status sertifikat bukan untuk sertifikat ini atau sudah basi.")


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
