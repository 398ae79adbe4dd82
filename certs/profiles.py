"""Certificate profiles of the trial authority (RFC 5280; RFC 3161, 2.3; RFC 6960, 4.2.2.2).

Every name says UJI COBA: nothing issued here may be taken for a licensed provider's certificate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

POLICY = x509.ObjectIdentifier("2.999.1")
"""Certificate policy of the trial authority, under ITU-T's arc for examples."""
BACKDATE = timedelta(hours=1)
"""Certificates are valid a little before they are made, for clocks that are behind."""


@dataclass(frozen=True)
class Issuer:
    """A certificate authority's key, certificate and where its list and certificate are published."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    stem: str
    base_url: str

    def locations(self) -> tuple[x509.ExtensionType, x509.ExtensionType]:
        """CRL distribution point and authority information access for what this issuer signs."""
        crl = x509.DistributionPoint(
            [x509.UniformResourceIdentifier(f"{self.base_url}/crl/{self.stem}.crl")], None, None, None
        )
        access = [
            x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS,
                x509.UniformResourceIdentifier(f"{self.base_url}/ca/{self.stem}.cer"),
            )
        ]
        if self.stem == "issuing":
            where = x509.UniformResourceIdentifier(f"{self.base_url}/ocsp")
            access.insert(0, x509.AccessDescription(AuthorityInformationAccessOID.OCSP, where))
        return x509.CRLDistributionPoints([crl]), x509.AuthorityInformationAccess(access)


def subject(common_name: str, organisation: str, title: str = "", user: str = "") -> x509.Name:
    """A distinguished name in Indonesia; text that is too long for X.520 is cut at 64 letters."""
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "UJI COBA"),
    ]
    if title:
        parts.append(x509.NameAttribute(NameOID.TITLE, title[:64]))
    if user:
        parts.append(x509.NameAttribute(NameOID.USER_ID, user[:64]))
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def authority(
    name: x509.Name, key: ec.EllipticCurvePrivateKey, parent: Issuer | None, now: datetime
) -> x509.Certificate:
    """A CA certificate: the self-signed root (20 years) without ``parent``, else the issuing CA (10)."""
    years, path = (20, 1) if parent is None else (10, 0)
    usage = _usage(key_cert_sign=True, crl_sign=True)
    builder = _builder(name, key.public_key(), parent.certificate.subject if parent else name, now, years)
    builder = builder.add_extension(x509.BasicConstraints(True, path), True).add_extension(usage, True)
    if parent:
        return _finish(builder, parent)
    return builder.sign(key, hashes.SHA256())


def signer(
    name: x509.Name, public: ec.EllipticCurvePublicKey, parent: Issuer, now: datetime
) -> x509.Certificate:
    """A person's or the office's certificate for document signatures: non-repudiation, three years."""
    usage = _usage(digital_signature=True, content_commitment=True)
    builder = _builder(name, public, parent.certificate.subject, now, years=3)
    return _finish(builder.add_extension(usage, True), parent)


def time_stamper(
    name: x509.Name, public: ec.EllipticCurvePublicKey, parent: Issuer, now: datetime
) -> x509.Certificate:
    """The time-stamp authority's certificate: timeStamping alone, critical (RFC 3161, 2.3)."""
    builder = _builder(name, public, parent.certificate.subject, now, years=9)
    builder = builder.add_extension(_usage(digital_signature=True), True)
    return _finish(
        builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True), parent
    )


def ocsp_responder(
    name: x509.Name, public: ec.EllipticCurvePublicKey, parent: Issuer, now: datetime
) -> x509.Certificate:
    """The OCSP responder's certificate, itself exempt from revocation checks (RFC 6960, 4.2.2.2.1)."""
    builder = _builder(name, public, parent.certificate.subject, now, years=9)
    builder = builder.add_extension(_usage(digital_signature=True), True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False)
    return _finish(builder.add_extension(x509.OCSPNoCheck(), False), parent)


def _builder(
    name: x509.Name, public: ec.EllipticCurvePublicKey, issuer: x509.Name, now: datetime, years: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
    )


def _finish(builder: x509.CertificateBuilder, parent: Issuer) -> x509.Certificate:
    crl, access = parent.locations()
    identifier = parent.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False
        )
        .add_extension(x509.CertificatePolicies([x509.PolicyInformation(POLICY, None)]), False)
        .add_extension(crl, False)
        .add_extension(access, False)
        .sign(parent.key, hashes.SHA256())
    )


def _usage(**wanted: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: wanted.get(name, False) for name in names})
