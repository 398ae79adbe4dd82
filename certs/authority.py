"""The trial authority: all the keys and certificates that an office needs before it has real ones.

One folder (0700), every file in it 0600. The private keys of root, issuing CA, TSA, OCSP responder, office
seal and QR seal lie there unencrypted, guarded by the file modes alone: the services must start with nobody
present, and nothing signed here has legal force. Only the people's keys are encrypted, each with its owner's
passphrase.

    trust.json               anchors, issuing CA, signer register (certs.trust)
    root.cer issuing.cer     certificates in DER; with .key (PKCS#8, PEM) beside each
    tsa.* ocsp.* office.*    time stamps, OCSP answers, the office's seal on reports
    seal.pem                 P-256 key of the QR seal (PKCS#8, PEM)
    signers/USER.p12 .cer    one a person
    revoked.json             serial (decimal) -> time of revocation
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from certs import profiles
from certs.errors import AuthorityError
from certs.keys import SoftwareKey, accept
from certs.trust import RegisteredSigner, TrustStore, save_trust

KDF_ROUNDS = 600_000  # OWASP's figure for PBKDF2-HMAC-SHA256; about 0.1 s a key
_STEMS = ("root", "issuing", "tsa", "ocsp", "office")


def create_authority(
    folder: Path,
    people: Sequence[tuple[str, str, str]],
    passphrases: Mapping[str, str],
    *,
    office_code: str,
    organisation: str,
    base_url_of_services: str,
    now: datetime,
) -> None:
    """Make the whole authority in ``folder``, or leave a complete one as it is; never a half one.

    Args:
        folder: where it shall stand; its parent must exist.
        people: (username, name, title) of everyone who signs.
        passphrases: username -> passphrase of the key; never stored.
        office_code: the office's code in its profile.
        organisation: the office's name, for the certificates.
        base_url_of_services: where ``certs.services`` will be reached, without a slash at the end.
        now: aware; certificates count from here.

    Raises:
        AuthorityError: ``folder`` exists but lacks a file or a person.
    """
    if folder.exists():
        check_complete(folder, (username for username, _, _ in people))
        return
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        ceremony = _Ceremony(
            fresh, organisation, base_url_of_services.rstrip("/"), now.replace(microsecond=0)
        )
        anchor, issuing = ceremony.authorities()
        ceremony.offices(issuing)
        signers = [ceremony.person(issuing, person, passphrases[person[0]]) for person in people]
        ceremony.trust(anchor, issuing, signers, office_code)
        fresh.rename(folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def check_complete(folder: Path, usernames: Iterable[str] = ()) -> None:
    """Refuse a folder in which something is missing.

    Raises:
        AuthorityError: names the missing files.
    """
    wanted = [f"{stem}.{end}" for stem in _STEMS for end in ("cer", "key")] + ["seal.pem", "trust.json"]
    wanted += [f"signers/{username}.p12" for username in usernames]
    missing = [name for name in wanted if not (folder / name).is_file()]
    if missing:
        raise AuthorityError(f"{folder}: tidak lengkap, tidak ada {', '.join(missing)}.")


def load_key(folder: Path, stem: str) -> SoftwareKey:
    """One of the authority's own keys (``"tsa"``, ``"ocsp"``, ``"office"``, ...), loaded.

    Raises:
        AuthorityError: a file is missing or damaged.
    """
    try:
        private = accept(load_pem_private_key((folder / f"{stem}.key").read_bytes(), None))
        certificate = x509.load_der_x509_certificate((folder / f"{stem}.cer").read_bytes())
        issuing = x509.load_der_x509_certificate((folder / "issuing.cer").read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise AuthorityError(f"{folder}: kunci '{stem}' tidak dapat dibaca.") from error
    chain = (issuing,) if certificate.issuer == issuing.subject and certificate != issuing else ()
    return SoftwareKey(private, certificate, chain)


def revoke_certificate(folder: Path, serial: int, now: datetime) -> None:
    """Put a certificate on the authority's list, from ``now`` (aware) on; the first time given stays."""
    path = folder / "revoked.json"
    revoked = json.loads(path.read_text()) if path.exists() else {}
    revoked.setdefault(str(serial), now.isoformat())
    _write(path.with_suffix(".new"), json.dumps(revoked, indent=1).encode())
    path.with_suffix(".new").replace(path)


def revoked_certificates(folder: Path) -> dict[int, datetime]:
    """Serial -> time of revocation."""
    path = folder / "revoked.json"
    rows: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return {int(serial): datetime.fromisoformat(moment) for serial, moment in rows.items()}


@dataclass(frozen=True)
class _Ceremony:
    """The making of one authority: each method is one part of its folder."""

    folder: Path
    organisation: str
    base_url: str
    now: datetime

    def authorities(self) -> tuple[x509.Certificate, profiles.Issuer]:
        root_key, issuing_key = _new_key(), _new_key()
        name = profiles.subject("Induk Uji Coba Sahih", self.organisation)
        certificate = profiles.authority(name, root_key, None, self.now)
        root = profiles.Issuer(root_key, certificate, "root", self.base_url)
        name = profiles.subject("Penerbit Uji Coba Sahih", self.organisation)
        certificate = profiles.authority(name, issuing_key, root, self.now)
        issuing = profiles.Issuer(issuing_key, certificate, "issuing", self.base_url)
        for issuer in (root, issuing):
            _write_pair(self.folder, issuer.stem, issuer.key, issuer.certificate)
        return root.certificate, issuing

    def offices(self, issuing: profiles.Issuer) -> None:
        for stem, common_name, profile in (
            ("tsa", "Cap Waktu Uji Coba Sahih", profiles.time_stamper),
            ("ocsp", "Status Sertifikat Uji Coba Sahih", profiles.ocsp_responder),
            ("office", f"Segel {self.organisation}", profiles.signer),
        ):
            key = _new_key()
            subject = profiles.subject(common_name, self.organisation)
            _write_pair(self.folder, stem, key, profile(subject, key.public_key(), issuing, self.now))
        _write(self.folder / "seal.pem", _pem(_new_key()))

    def person(
        self, issuing: profiles.Issuer, person: tuple[str, str, str], passphrase: str
    ) -> RegisteredSigner:
        username, name, title = person
        key = _new_key()
        subject = profiles.subject(name, self.organisation, title, username)
        certificate = profiles.signer(subject, key.public_key(), issuing, self.now)
        encryption = (
            PrivateFormat.PKCS12.encryption_builder()
            .kdf_rounds(KDF_ROUNDS)
            .hmac_hash(hashes.SHA256())
            .build(passphrase.encode())
        )
        data = pkcs12.serialize_key_and_certificates(
            username.encode(), key, certificate, [issuing.certificate], encryption
        )
        signers = self.folder / "signers"
        signers.mkdir(mode=0o700, exist_ok=True)
        _write(signers / f"{username}.p12", data)
        _write(signers / f"{username}.cer", certificate.public_bytes(Encoding.DER))
        fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
        return RegisteredSigner(fingerprint, name, title, since=self.now)

    def trust(
        self,
        root: x509.Certificate,
        issuing: profiles.Issuer,
        signers: Sequence[RegisteredSigner],
        office_code: str,
    ) -> None:
        anchor = root.public_bytes(Encoding.DER)
        store = TrustStore(
            anchors=(anchor,),
            intermediates=(issuing.certificate.public_bytes(Encoding.DER),),
            signers=tuple(signers),
            office_code=office_code,
            trial_anchors=frozenset({hashlib.sha256(anchor).hexdigest()}),
        )
        save_trust(store, self.folder / "trust.json")
        (self.folder / "trust.json").chmod(0o600)


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_pair(
    folder: Path, stem: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
) -> None:
    _write(folder / f"{stem}.key", _pem(key))
    _write(folder / f"{stem}.cer", certificate.public_bytes(Encoding.DER))


def _write(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, from its first byte on."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
