"""CMS SignedData (RFC 5652) as CAdES wants it (EN 319 122-1), joined from bytes.

Signed attributes: content-type, message-digest, ESS signing-certificate-v2 (RFC 5035), in DER order and
nothing else: the claimed time of a PAdES signature stands in the PDF's /M (EN 319 142-1, 6.3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from cryptography.hazmat.primitives.serialization import Encoding

from certs import der
from certs.keys import SigningKey

DATA = "1.2.840.113549.1.7.1"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
_SIGNED_DATA = der.oid("1.2.840.113549.1.7.2")
_CONTENT_TYPE = der.oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE_V2 = der.oid("1.2.840.113549.1.9.16.2.47")
_TIME_STAMP_TOKEN = der.oid("1.2.840.113549.1.9.16.2.14")
_SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))
_ALGORITHMS = {
    "rsa": der.sequence(der.oid("1.2.840.113549.1.1.11"), der.NULL),
    "ecdsa": der.sequence(der.oid("1.2.840.10045.4.3.2")),
}


def signed_data(
    key: SigningKey,
    digest: bytes,
    *,
    content_type: str = DATA,
    content: bytes | None = None,
    time_stamp: Callable[[bytes], bytes] | None = None,
    certificates: bool = True,
) -> bytes:
    """A ContentInfo with one signer.

    Args:
        key: the signer; its chain goes in beside its certificate.
        digest: SHA-256 of the content that is signed.
        content_type: dotted type of the content; ``DATA`` for a detached PDF signature.
        content: the content itself where it is not detached.
        time_stamp: makes an RFC 3161 token over SHA-256 of the signature value, put in as the unsigned
            attribute signature-time-stamp (EN 319 122-1, 5.3); whatever it raises goes up.
        certificates: False leaves the certificates out (RFC 3161, certReq).
    """
    own = key.certificate.public_bytes(Encoding.DER)
    attributes = sorted(_signed_attributes(own, digest, content_type))
    signature = key.sign(der.tlv(der.SET, *attributes))
    unsigned = b""
    if time_stamp is not None:
        token = time_stamp(hashlib.sha256(signature).digest())
        unsigned = der.tlv(0xA1, der.sequence(_TIME_STAMP_TOKEN, der.set_of(token)))
    signer = der.sequence(
        der.integer(1),
        der.sequence(key.certificate.issuer.public_bytes(), der.integer(key.certificate.serial_number)),
        _SHA256,
        der.tlv(0xA0, *attributes),
        _ALGORITHMS[key.algorithm],
        der.octets(signature),
        unsigned,
    )
    encapsulated = b"" if content is None else der.tlv(0xA0, der.octets(content))
    chain = (own, *(c.public_bytes(Encoding.DER) for c in key.chain)) if certificates else ()
    body = der.sequence(
        der.integer(1 if content_type == DATA else 3),
        der.set_of(_SHA256),
        der.sequence(der.oid(content_type), encapsulated),
        der.set_of(*chain, tag=0xA0) if chain else b"",
        der.set_of(signer),
    )
    return der.sequence(_SIGNED_DATA, der.tlv(0xA0, body))


def largest_size(key: SigningKey, token_bytes: int = 0) -> int:
    """The most bytes ``signed_data`` takes for a detached signature with a token of ``token_bytes``."""
    blank = _Blank(key)
    stamp = (lambda _digest: bytes(token_bytes)) if token_bytes else None
    return len(signed_data(blank, bytes(32), time_stamp=stamp))


def _signed_attributes(own: bytes, digest: bytes, content_type: str) -> tuple[bytes, bytes, bytes]:
    # The hash algorithm of ESSCertIDv2 is SHA-256 by default, and a default is left out in DER.
    ess = der.sequence(der.sequence(der.sequence(der.octets(hashlib.sha256(own).digest()))))
    return (
        der.sequence(_CONTENT_TYPE, der.set_of(der.oid(content_type))),
        der.sequence(_MESSAGE_DIGEST, der.set_of(der.octets(digest))),
        der.sequence(_SIGNING_CERTIFICATE_V2, der.set_of(ess)),
    )


class _Blank:
    """The same key with a signature of zeros at its largest, to measure by."""

    def __init__(self, key: SigningKey) -> None:
        self.certificate, self.chain, self.algorithm = key.certificate, key.chain, key.algorithm
        self.signature_bytes = key.signature_bytes

    def sign(self, data: bytes) -> bytes:  # noqa: ARG002 - the protocol's shape
        return bytes(self.signature_bytes)
