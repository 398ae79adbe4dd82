from __future__ import annotations

import hashlib
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from certs.authority import create_authority, load_key, revoke_certificate, revoked_certificates
from certs.errors import AuthorityError
from certs.keys import load_pkcs12
from certs.trust import load_trust

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def _create(folder: Path, people: list[tuple[str, str, str]], passphrases: dict[str, str]) -> None:
    create_authority(
        folder,
        people,
        passphrases,
        office_code="X",
        organisation="Kantor X",
        base_url_of_services="http://127.0.0.1:9",
        now=NOW,
    )


def test_every_folder_is_0700_and_every_file_0600(authority: Path) -> None:
    for path in (authority, *authority.rglob("*")):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_each_person_gets_a_key_that_only_their_passphrase_opens(authority: Path) -> None:
    key = load_pkcs12((authority / "signers" / "kadis.p12").read_bytes(), "sungai martapura pagi")
    usage = key.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    assert "UJI COBA" in key.certificate.subject.rfc4514_string()
    (issuing,) = key.chain
    key.certificate.verify_directly_issued_by(issuing)
    access = key.certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert {d.access_location.value for d in access} == {
        "http://127.0.0.1:9/ocsp",
        "http://127.0.0.1:9/ca/issuing.cer",
    }


def test_the_signer_register_names_each_person_by_certificate(authority: Path) -> None:
    trust = load_trust(authority / "trust.json")
    der = (authority / "signers" / "kadis.cer").read_bytes()
    entry = next(s for s in trust.signers if s.certificate_sha256 == hashlib.sha256(der).hexdigest())
    assert (entry.name, entry.title) == ("Dr. Siti Aminah, M.Si.", "Kepala Dinas")
    assert entry.since <= NOW
    assert trust.trial_anchors == {hashlib.sha256(trust.anchors[0]).hexdigest()}
    assert trust.office_code == "DPMPTSP"


def test_the_time_stamp_certificate_may_do_nothing_else(authority: Path) -> None:
    certificate = load_key(authority, "tsa").certificate
    extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert extension.critical
    assert list(extension.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def test_a_second_creation_changes_nothing(authority: Path) -> None:
    before = {p: p.read_bytes() for p in authority.rglob("*") if p.is_file()}
    _create(authority, [("kadis", "x", "y")], {"kadis": "lain"})
    assert {p: p.read_bytes() for p in authority.rglob("*") if p.is_file()} == before


def test_a_failed_creation_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        _create(tmp_path / "authority", [("a", "A", "T"), ("b", "B", "T")], {"a": "ada"})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_key_is_refused_by_name(tmp_path: Path) -> None:
    _create(tmp_path / "authority", [], {})
    (tmp_path / "authority" / "tsa.key").unlink()
    with pytest.raises(AuthorityError, match=r"tsa\.key"):
        _create(tmp_path / "authority", [], {})


def test_a_revocation_is_kept_and_its_first_time_stays(tmp_path: Path) -> None:
    revoke_certificate(tmp_path, 7, NOW)
    revoke_certificate(tmp_path, 7, NOW + timedelta(days=1))
    assert revoked_certificates(tmp_path) == {7: NOW}
