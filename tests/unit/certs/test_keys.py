from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from certs.errors import KeyUnusable, WrongPassphrase
from certs.keys import SoftwareKey, load_pkcs12, require_usable

NOW = datetime(2026, 11, 24, tzinfo=UTC)
AnyKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def _certificate(key: AnyKey, usage: x509.KeyUsage | None = None) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Uji")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(5).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=9))
    if usage:
        builder = builder.add_extension(usage, True)
    return builder.sign(key, hashes.SHA256())


def _p12(key: AnyKey, certificate: x509.Certificate | None) -> bytes:
    return pkcs12.serialize_key_and_certificates(
        b"n", key, certificate, None, BestAvailableEncryption(b"benar")
    )


def test_signatures_verify_and_fit_the_promised_size() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    loaded = load_pkcs12(_p12(key, _certificate(key)), "benar")
    for _ in range(50):
        signature = loaded.sign(b"izin")
        assert len(signature) <= loaded.signature_bytes
        key.public_key().verify(signature, b"izin", ec.ECDSA(hashes.SHA256()))


def test_a_wrong_passphrase_is_told_from_a_damaged_file(authority: Path) -> None:
    data = (authority / "signers" / "kadis.p12").read_bytes()
    with pytest.raises(WrongPassphrase):
        load_pkcs12(data, "salah")
    for damaged in (b"", b"bukan kunci", data[:-9], data + b"\0"):
        with pytest.raises(KeyUnusable):
            load_pkcs12(damaged, "sungai martapura pagi")


@pytest.mark.parametrize(
    "key",
    [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP384R1())],  # noqa: S505 - the weak one is the point
    ids=["rsa-1024", "p-384"],
)
def test_keys_that_we_do_not_sign_with_are_refused(key: AnyKey) -> None:
    with pytest.raises(KeyUnusable):
        load_pkcs12(_p12(key, _certificate(key)), "benar")


def test_a_file_without_certificate_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(KeyUnusable):
        load_pkcs12(_p12(key, None), "benar")


def test_a_certificate_outside_its_days_cannot_sign() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    key = SoftwareKey(private, _certificate(private))
    require_usable(key, NOW + timedelta(days=1))
    for moment in (NOW - timedelta(seconds=1), NOW + timedelta(days=10)):
        with pytest.raises(KeyUnusable):
            require_usable(key, moment)


def test_a_certificate_for_encryption_only_cannot_sign() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(False, False, True, False, False, False, False, False, False)
    key = replace(SoftwareKey(private, _certificate(private)), certificate=_certificate(private, usage))
    with pytest.raises(KeyUnusable):
        require_usable(key, NOW)
