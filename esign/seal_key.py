"""The keys of the seal, made from bytes that someone else read, and what a refused seal is called."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from esign.errors import SealError


class SealRefused(SealError):
    """A seal that is not to be believed, or facts or a key that make none.

    Attributes:
        code: ``seal-malformed``, ``seal-too-long``, ``seal-unknown-key``, ``seal-signature`` or ``seal-key``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class SealPublicKey:
    """A P-256 key that checks seals; ``kid`` is the first 8 bytes of the SHA-256 of ``spki_der``."""

    kid: bytes
    key: ec.EllipticCurvePublicKey
    spki_der: bytes

    @classmethod
    def of(cls, key: ec.EllipticCurvePublicKey) -> SealPublicKey:
        """Name a public key by its SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7)."""
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return cls(hashlib.sha256(der).digest()[:8], key, der)

    def as_jwk(self) -> dict[str, str]:
        """Return the key as a JWK (RFC 7518, section 6.2.1), its ``kid`` in hex."""
        point = self.key.public_numbers()
        x, y = (base64.urlsafe_b64encode(n.to_bytes(32, "big")).rstrip(b"=") for n in (point.x, point.y))
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": x.decode(),
            "y": y.decode(),
            "kid": self.kid.hex(),
            "alg": "ES256",
            "use": "sig",
        }


@dataclass(frozen=True)
class SealKey:
    """The office's key that makes seals, held by the signing service alone."""

    public: SealPublicKey
    _private: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def kid(self) -> bytes:
        """The key's 8-byte name."""
        return self.public.kid

    @classmethod
    def load(cls, pem: bytes) -> SealKey:
        """Read an unencrypted P-256 key in PKCS#8 PEM (RFC 5958, RFC 7468 section 10).

        Raises:
            SealRefused: it is anything else (code ``seal-key``).
        """
        if b"-----BEGIN PRIVATE KEY-----" not in pem:
            raise SealRefused("seal-key", "The seal's key is not an unencrypted PKCS#8 PEM.")
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as why:
            raise SealRefused("seal-key", "The seal's key cannot be read.") from why
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise SealRefused("seal-key", "The seal's key is not an EC key on P-256.")
        return cls(SealPublicKey.of(key.public_key()), key)

    def sign(self, data: bytes) -> bytes:
        """Return ``r || s``, 64 bytes (RFC 9053, section 2.1), the nonce made as RFC 6979 says."""
        der = self._private.sign(data, ec.ECDSA(SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(der)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
