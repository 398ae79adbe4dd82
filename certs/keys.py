"""Keys that sign: one protocol, whatever holds the key (a file, an HSM, a service)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from asn1crypto.pkcs12 import Pfx
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from certs.errors import KeyUnusable, WrongPassphrase

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
MIN_RSA_BITS = 2048  # ETSI TS 119 312, table 9


class SigningKey(Protocol):
    """A loaded key with its certificate; any thread may sign with it at any time."""

    @property
    def certificate(self) -> x509.Certificate:
        """The signer's certificate."""

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """Issuing certificates, nearest first; the root may be absent."""

    @property
    def algorithm(self) -> str:
        """``"rsa"`` (PKCS#1 v1.5) or ``"ecdsa"``, both with SHA-256."""

    @property
    def signature_bytes(self) -> int:
        """The most bytes that ``sign`` may return."""

    def sign(self, data: bytes) -> bytes:
        """The raw signature over ``data`` with SHA-256; for ECDSA a DER ``Ecdsa-Sig-Value``."""


@dataclass(frozen=True)
class SoftwareKey:
    """A private key in this process's memory."""

    private: PrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def algorithm(self) -> str:
        """``"rsa"`` or ``"ecdsa"``."""
        return "rsa" if isinstance(self.private, rsa.RSAPrivateKey) else "ecdsa"

    @property
    def signature_bytes(self) -> int:
        """The most bytes that ``sign`` may return."""
        return largest_signature(self.private.public_key())

    def sign(self, data: bytes) -> bytes:
        """The raw signature over ``data`` with SHA-256."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(data, ec.ECDSA(hashes.SHA256()))


def largest_signature(public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> int:
    """The most bytes a signature of this key takes (DER wraps two integers, each one byte longer at most)."""
    if isinstance(public, rsa.RSAPublicKey):
        return public.key_size // 8
    return 2 * ((public.key_size + 7) // 8 + 3) + 2


def load_pkcs12(data: bytes, passphrase: str) -> SigningKey:
    """Open a PKCS#12 file (RFC 7292) and keep its key in memory.

    Raises:
        WrongPassphrase: the passphrase does not open it.
        KeyUnusable: the file is damaged, holds no key, or a key that is too weak or of another kind.
    """
    try:
        Pfx.load(data, strict=True).native  # noqa: B018 - parsing it whole tells damage from a wrong passphrase
    except (ValueError, TypeError) as error:
        raise KeyUnusable("Berkas kunci rusak atau bukan PKCS#12.") from error
    try:
        loaded = pkcs12.load_pkcs12(data, passphrase.encode())
    except ValueError as error:
        raise WrongPassphrase("Frasa sandi kunci tidak cocok.") from error
    except UnsupportedAlgorithm as error:
        raise KeyUnusable("Berkas kunci memakai algoritma yang tidak didukung.") from error
    if loaded.key is None or loaded.cert is None:
        raise KeyUnusable("Berkas kunci tidak berisi kunci beserta sertifikatnya.")
    certificate = loaded.cert.certificate
    if loaded.key.public_key() != certificate.public_key():
        raise KeyUnusable("Kunci dan sertifikat di dalam berkas tidak berpasangan.")
    chain = order_chain(certificate, tuple(c.certificate for c in loaded.additional_certs))
    return SoftwareKey(accept(loaded.key), certificate, chain)


def accept(key: object) -> PrivateKey:
    """The key itself if it is P-256 or RSA of 2048 bits or more.

    Raises:
        KeyUnusable: another kind, or too weak.
    """
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= MIN_RSA_BITS:
        return key
    raise KeyUnusable("Kunci bukan P-256 dan bukan RSA 2048 bit atau lebih.")


def order_chain(leaf: x509.Certificate, others: tuple[x509.Certificate, ...]) -> tuple[x509.Certificate, ...]:
    """The issuers of ``leaf`` among ``others``, nearest first; unrelated ones are left out."""
    chain: list[x509.Certificate] = []
    current, left = leaf, list(others)
    while current.issuer != current.subject:
        found = next((c for c in left if c.subject == current.issuer), None)
        if found is None:
            break
        left.remove(found)
        chain.append(found)
        current = found
    return tuple(chain)


def require_usable(key: SigningKey, when: datetime) -> None:
    """Refuse a key whose certificate does not allow a document signature at ``when`` (aware).

    Raises:
        KeyUnusable: not yet valid, expired, or without a signing key usage (RFC 5280, 4.2.1.3).
    """
    certificate = key.certificate
    if when < certificate.not_valid_before_utc:
        raise KeyUnusable(f"Sertifikat baru berlaku mulai {certificate.not_valid_before_utc:%d-%m-%Y}.")
    if when > certificate.not_valid_after_utc:
        raise KeyUnusable(f"Sertifikat sudah kedaluwarsa sejak {certificate.not_valid_after_utc:%d-%m-%Y}.")
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not (usage.digital_signature or usage.content_commitment):
        raise KeyUnusable("Sertifikat tidak boleh dipakai untuk tanda tangan.")
