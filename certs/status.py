"""What the trial authority says about its certificates: CRLs (RFC 5280, 5) and OCSP (RFC 6960)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from certs.authority import load_key, revoked_certificates
from certs.keys import SoftwareKey

CRL_LIFE = timedelta(days=30)
OCSP_LIFE = timedelta(days=1)
_CRL_KEPT = timedelta(seconds=2)


class StatusDesk:
    """Answers from the folder of an authority as it is now; a revocation shows within two seconds."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._folder, self._clock = folder, clock
        self._issuers = {stem: load_key(folder, stem) for stem in ("root", "issuing")}
        self._responder = load_key(folder, "ocsp")
        self._lists: dict[str, tuple[datetime, bytes]] = {}

    def certificate(self, stem: str) -> bytes | None:
        """An authority's certificate in DER, or None if there is none of that name."""
        key = self._issuers.get(stem)
        return key.certificate.public_bytes(Encoding.DER) if key else None

    def crl(self, stem: str) -> bytes | None:
        """A fresh list of the authority of that name in DER, or None."""
        key, now = self._issuers.get(stem), self._clock()
        if key is None:
            return None
        made, data = self._lists.get(stem, (now - CRL_LIFE, b""))
        if not timedelta(0) <= now - made < _CRL_KEPT:
            data = _make_crl(key, revoked_certificates(self._folder), now)
            self._lists[stem] = (now, data)
        return data

    def ocsp(self, request: bytes) -> bytes:
        """A DER OCSPResponse to a DER OCSPRequest; what cannot be read gets ``malformedRequest``."""
        try:
            asked = ocsp.load_der_ocsp_request(request)
            serial, algorithm = asked.serial_number, asked.hash_algorithm
            nonces = [e.value for e in asked.extensions if isinstance(e.value, x509.OCSPNonce)]
        except (ValueError, NotImplementedError):
            return _failure(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        issuer = self._issuers["issuing"].certificate
        key_hash = _key_hash(issuer, algorithm)
        certificate = self._issued().get(serial) if asked.issuer_key_hash == key_hash else None
        if certificate is None:
            return _failure(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        revoked, now = revoked_certificates(self._folder).get(serial), self._clock().replace(microsecond=0)
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=certificate,
            issuer=issuer,
            algorithm=algorithm,
            cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
            this_update=now,
            next_update=now + OCSP_LIFE,
            revocation_time=revoked,
            revocation_reason=x509.ReasonFlags.cessation_of_operation if revoked else None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self._responder.certificate)
        builder = builder.certificates([self._responder.certificate])
        for nonce in nonces:
            builder = builder.add_extension(nonce, False)
        return builder.sign(self._responder.private, hashes.SHA256()).public_bytes(Encoding.DER)

    def _issued(self) -> Mapping[int, x509.Certificate]:
        paths = [self._folder / f"{stem}.cer" for stem in ("tsa", "ocsp", "office")]
        paths += sorted((self._folder / "signers").glob("*.cer"))
        certificates = (x509.load_der_x509_certificate(path.read_bytes()) for path in paths)
        return {certificate.serial_number: certificate for certificate in certificates}


def _make_crl(key: SoftwareKey, revoked: Mapping[int, datetime], now: datetime) -> bytes:
    number = int(now.timestamp() * 1000)
    identifier = key.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(key.certificate.subject)
        .last_update(now.replace(microsecond=0))
        .next_update(now.replace(microsecond=0) + CRL_LIFE)
        .add_extension(x509.CRLNumber(number), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False)
    )
    for serial, moment in revoked.items():
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(key.private, hashes.SHA256()).public_bytes(Encoding.DER)


def _key_hash(issuer: x509.Certificate, algorithm: hashes.HashAlgorithm) -> bytes:
    """The hash of the issuer's key as OCSP counts it: the bit string's content (RFC 6960, 4.1.1)."""
    digest = hashes.Hash(algorithm)
    digest.update(issuer.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
    return digest.finalize()


def _failure(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
