"""Which algorithms a signature may use, and their maths (ETSI TS 119 312; RFC 5652, 4055, 5754)."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from esign import der_reader as der
from esign.values import Damaged

MIN_RSA_BITS = 2048
_DIGESTS: dict[str, tuple[str, hashes.HashAlgorithm]] = {
    "2.16.840.1.101.3.4.2.1": ("sha256", hashes.SHA256()),
    "2.16.840.1.101.3.4.2.2": ("sha384", hashes.SHA384()),
    "2.16.840.1.101.3.4.2.3": ("sha512", hashes.SHA512()),
    "2.16.840.1.101.3.4.2.8": ("sha3_256", hashes.SHA3_256()),
    "2.16.840.1.101.3.4.2.9": ("sha3_384", hashes.SHA3_384()),
    "2.16.840.1.101.3.4.2.10": ("sha3_512", hashes.SHA3_512()),
}
_WEAK = {"1.3.14.3.2.26", "1.2.840.113549.2.5", "1.2.840.113549.2.2", "2.16.840.1.101.3.4.2.4"}
_WEAK_SIGNATURES = {"1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10045.4.1", "1.2.840.10040.4.3"}
_RSA, _PSS, _MGF1 = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.8"
_ED25519 = "1.3.101.112"
_RSA_WITH = {
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
    "2.16.840.1.101.3.4.3.14": "sha3_256",
    "2.16.840.1.101.3.4.3.15": "sha3_384",
    "2.16.840.1.101.3.4.3.16": "sha3_512",
}
_ECDSA_WITH = {
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
    "2.16.840.1.101.3.4.3.10": "sha3_256",
    "2.16.840.1.101.3.4.3.11": "sha3_384",
    "2.16.840.1.101.3.4.3.12": "sha3_512",
}


def digest_name(algorithm: der.Node) -> str:
    """The hash of a digest AlgorithmIdentifier, as ``hashlib`` names it.

    Raises:
        Damaged: weak (MD5, SHA-1, SHA-224), unknown, or with parameters other than NULL.
    """
    dotted, parameters = _identifier(algorithm)
    if dotted in _WEAK:
        raise Damaged("weak-digest")
    if dotted not in _DIGESTS:
        raise Damaged("algorithm-unknown")
    if parameters is not None and parameters.raw != b"\x05\x00":
        raise Damaged("cms-damaged")
    return _DIGESTS[dotted][0]


def digest(name: str, *parts: bytes | memoryview) -> bytes:
    """The hash of the parts, joined."""
    hashed = hashlib.new(name)
    for part in parts:
        hashed.update(part)
    return hashed.digest()


def verify_signature(
    key: PublicKeyTypes, algorithm: der.Node, hash_name: str, signature: bytes, data: bytes
) -> None:
    """Check a CMS signature value over ``data``.

    Raises:
        Damaged: ``signature-invalid``, ``weak-key``, ``weak-digest``, or a combination nobody should use.
    """
    dotted, parameters = _identifier(algorithm)
    if dotted in _WEAK_SIGNATURES:
        raise Damaged("weak-digest")
    used = next(value for name, value in _DIGESTS.values() if name == hash_name)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            if key.key_size < MIN_RSA_BITS:
                raise Damaged("weak-key")
            key.verify(signature, data, _padding(dotted, parameters, hash_name), used)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            if key.curve.key_size < 256:
                raise Damaged("weak-key")
            if _ECDSA_WITH.get(dotted) != hash_name or parameters is not None:
                raise Damaged("algorithm-unknown")
            key.verify(signature, data, ec.ECDSA(used))
        elif isinstance(key, ed25519.Ed25519PublicKey) and dotted == _ED25519 and parameters is None:
            key.verify(signature, data)
        else:
            raise Damaged("algorithm-unknown")
    except InvalidSignature as error:
        raise Damaged("signature-invalid") from error
    except UnsupportedAlgorithm as error:
        raise Damaged("algorithm-unknown") from error


def _padding(dotted: str, parameters: der.Node | None, hash_name: str) -> padding.AsymmetricPadding:
    if dotted == _PSS:
        return _pss(parameters, hash_name)
    if dotted != _RSA and _RSA_WITH.get(dotted) != hash_name:
        raise Damaged("algorithm-unknown")
    if parameters is not None and parameters.raw != b"\x05\x00":
        raise Damaged("cms-damaged")
    return padding.PKCS1v15()


def _pss(parameters: der.Node | None, hash_name: str) -> padding.PSS:
    """RSASSA-PSS-params (RFC 4055, 3.1); its defaults are SHA-1 and so refused."""
    if parameters is None:
        raise Damaged("weak-digest")
    fields = {node.tag: node for node in der.children(der.expect(parameters, der.SEQUENCE))}
    if not {0xA0, 0xA1} <= fields.keys() <= {0xA0, 0xA1, 0xA2, 0xA3}:
        raise Damaged("weak-digest")
    (hashed,), (masked,) = der.children(fields[0xA0]), der.children(fields[0xA1])
    mask, mask_parameters = _identifier(masked)
    if digest_name(hashed) != hash_name or mask != _MGF1 or mask_parameters is None:
        raise Damaged("algorithm-unknown")
    if digest_name(mask_parameters) != hash_name:
        raise Damaged("algorithm-unknown")
    salt = der.integer(der.children(fields[0xA2])[0]) if 0xA2 in fields else 20
    used = next(value for name, value in _DIGESTS.values() if name == hash_name)
    if not 0 <= salt <= used.digest_size:
        raise Damaged("algorithm-unknown")
    return padding.PSS(padding.MGF1(used), salt)


def _identifier(node: der.Node) -> tuple[str, der.Node | None]:
    parts = der.children(der.expect(node, der.SEQUENCE))
    if not 1 <= len(parts) <= 2:
        raise Damaged("cms-damaged")
    return der.oid(parts[0]), parts[1] if len(parts) == 2 else None
