"""A CMS signature taken apart and checked (RFC 5652; CAdES: ETSI EN 319 122-1; RFC 5035).

Everything but the chain of the certificate: one signer, digest, signed attributes, signature value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from esign import algorithms
from esign import der_reader as der
from esign.values import Damaged

DATA, TST_INFO = "1.2.840.113549.1.7.1", "1.2.840.113549.1.9.16.1.4"
TIME_STAMP_TOKEN = "1.2.840.113549.1.9.16.2.14"  # noqa: S105 - an object identifier
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE, _SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
_MOST_CERTIFICATES = 32

Digester = Callable[[str], bytes]


@dataclass(frozen=True)
class Signer:
    """SignerInfo's parts, still unchecked."""

    sid: der.Node
    digest: str
    signed_raw: bytes
    signed: dict[str, list[der.Node]]
    algorithm: der.Node
    signature: bytes
    unsigned: dict[str, list[der.Node]]


@dataclass(frozen=True)
class Cms:
    """SignedData's parts: certificates in DER as they stand, the content where it is not detached."""

    content_type: str
    content: bytes | None
    certificates: tuple[bytes, ...]
    signer: Signer
    surplus: bool
    """Whether there is anything a plain PAdES signature has no use for (CRLs, more attributes, ...)."""


@dataclass(frozen=True)
class Checked:
    """A signature whose mathematics hold. ``bound``: the signed attributes name the certificate by a hash."""

    certificate: x509.Certificate
    der: bytes
    others: tuple[bytes, ...]
    bound: bool
    signature: bytes
    token: bytes | None
    surplus: bool


def parse(data: bytes) -> Cms:
    """Take a ContentInfo apart.

    Raises:
        Damaged: not DER, not SignedData, or not exactly one signer.
    """
    kind, wrapped = der.children(der.expect(der.read(data), der.SEQUENCE), der.OID, 0xA0)
    if der.oid(kind) != _SIGNED_DATA:
        raise Damaged("cms-damaged")
    (body,) = der.children(wrapped, der.SEQUENCE)
    version, digests, encapsulated, *rest = der.children(body)
    if der.integer(version) not in {1, 3} or len(rest) not in {1, 2, 3}:
        raise Damaged("cms-damaged")
    by_tag = {node.tag: node for node in rest}
    if len(by_tag) != len(rest) or rest[-1].tag != der.SET or not by_tag.keys() <= {0xA0, 0xA1, der.SET}:
        raise Damaged("cms-damaged")
    signers = der.children(rest[-1])
    if len(signers) != 1:
        raise Damaged("cms-many-signers")
    signer = _signer(signers[0])
    if [algorithms.digest_name(node) for node in der.children(der.expect(digests, der.SET))] != [
        signer.digest
    ]:
        raise Damaged("cms-damaged")
    content_type, content = _content(encapsulated)
    stored = der.children(by_tag[0xA0]) if 0xA0 in by_tag else []
    if len(stored) > _MOST_CERTIFICATES:
        raise Damaged("cms-damaged")
    certificates = tuple(node.raw for node in stored if node.tag == der.SEQUENCE)
    surplus = 0xA1 in by_tag or len(certificates) != len({node.raw for node in stored})
    return Cms(content_type, content, certificates, signer, surplus)


def check(cms: Cms, content_digest: Digester, *, allow_old_binding: bool = False) -> Checked:
    """Check digest, attributes and signature value.

    Args:
        cms: from ``parse``.
        content_digest: the hash of what is signed, by the name of the algorithm.
        allow_old_binding: take ESS signing-certificate (SHA-1) as binding too: RFC 3161 tokens may have it.

    Raises:
        Damaged: what is wrong, by code.
    """
    signer = cms.signer
    if _octets(_one(signer, _MESSAGE_DIGEST)) != content_digest(signer.digest):
        raise Damaged("digest-mismatch")
    if der.oid(_one(signer, _CONTENT_TYPE)) != cms.content_type:
        raise Damaged("content-type-wrong")
    own = _own_certificate(cms)
    try:
        certificate = x509.load_der_x509_certificate(own)
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Damaged("certificate-unreadable") from error
    algorithms.verify_signature(key, signer.algorithm, signer.digest, signer.signature, signer.signed_raw)
    tokens = signer.unsigned.get(TIME_STAMP_TOKEN, [])
    if len(tokens) > 1:
        raise Damaged("timestamp-invalid")
    return Checked(
        certificate,
        own,
        tuple(other for other in cms.certificates if other != own),
        _bound(signer, own, allow_old_binding),
        signer.signature,
        tokens[0].raw if tokens else None,
        cms.surplus or bool(signer.unsigned.keys() - {TIME_STAMP_TOKEN}),
    )


def _content(node: der.Node) -> tuple[str, bytes | None]:
    kind, *rest = der.children(der.expect(node, der.SEQUENCE))
    if not rest:
        return der.oid(kind), None
    (wrapped,) = rest
    (octets,) = der.children(der.expect(wrapped, 0xA0), der.OCTETS)
    return der.oid(kind), octets.body


def _signer(node: der.Node) -> Signer:
    parts = der.children(der.expect(node, der.SEQUENCE))
    if len(parts) not in {6, 7} or parts[3].tag != 0xA0 or (len(parts) == 7 and parts[6].tag != 0xA1):
        # RFC 5652 allows no signed attributes; PDF signatures without them exist, but prove no certificate.
        raise Damaged("cms-damaged" if len(parts) not in {5, 6} else "signed-attributes-missing")
    version, sid, hashed, attributes, algorithm, signature = parts[:6]
    if der.integer(version) != (1 if sid.tag == der.SEQUENCE else 3):
        raise Damaged("cms-damaged")
    return Signer(
        sid,
        algorithms.digest_name(hashed),
        b"\x31" + attributes.raw[1:],
        _attributes(attributes),
        algorithm,
        _octets(signature),
        _attributes(parts[6]) if len(parts) == 7 else {},
    )


def _attributes(node: der.Node) -> dict[str, list[der.Node]]:
    found: dict[str, list[der.Node]] = {}
    for attribute in der.children(node):
        kind, values = der.children(attribute, der.OID, der.SET)
        if der.oid(kind) in found:
            raise Damaged("cms-damaged")
        found[der.oid(kind)] = der.children(values)
    return found


def _one(signer: Signer, kind: str) -> der.Node:
    values = signer.signed.get(kind, [])
    if len(values) != 1:
        raise Damaged("signed-attributes-missing")
    return values[0]


def _octets(node: der.Node) -> bytes:
    return der.expect(node, der.OCTETS).body


def _own_certificate(cms: Cms) -> bytes:
    """The certificate that the signer identifier names, by issuer and serial or by key identifier."""
    for raw in cms.certificates:
        fields = der.children(der.children(der.read(raw))[0])
        if fields[0].tag == 0xA0:
            fields = fields[1:]
        if cms.signer.sid.tag == der.SEQUENCE:
            issuer, serial = der.children(cms.signer.sid, der.SEQUENCE, der.INTEGER)
            if (fields[2].raw, fields[0].raw) == (issuer.raw, serial.raw):
                return raw
        elif cms.signer.sid.tag == 0x80 and _key_identifier(raw) == cms.signer.sid.body:
            return raw
    raise Damaged("signer-certificate-missing")


def _key_identifier(raw: bytes) -> bytes | None:
    try:
        certificate = x509.load_der_x509_certificate(raw)
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except (ValueError, x509.ExtensionNotFound):
        return None


def _bound(signer: Signer, own: bytes, allow_old: bool) -> bool:
    """Whether ESS signing-certificate(-v2) is there and names the signer's certificate first (RFC 5035, 5).

    Raises:
        Damaged: it names another certificate.
    """
    if _SIGNING_CERTIFICATE_V2 in signer.signed:
        named = _first_identifier(_one(signer, _SIGNING_CERTIFICATE_V2))
        hashed = "sha256"
        if named[0].tag == der.SEQUENCE:
            hashed, named = algorithms.digest_name(named[0]), named[1:]
    elif allow_old and _SIGNING_CERTIFICATE in signer.signed:
        named, hashed = _first_identifier(_one(signer, _SIGNING_CERTIFICATE)), "sha1"
    else:
        return False
    if not named or not compare_digest(_octets(named[0]), algorithms.digest(hashed, own)):
        raise Damaged("signing-certificate-mismatch")
    return True


def _first_identifier(attribute: der.Node) -> list[der.Node]:
    identifiers = der.children(der.children(der.expect(attribute, der.SEQUENCE))[0])
    if not identifiers:
        raise Damaged("signing-certificate-mismatch")
    parts = der.children(identifiers[0])
    if not parts:
        raise Damaged("signing-certificate-mismatch")
    return parts
