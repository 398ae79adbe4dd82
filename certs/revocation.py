"""Proof that certificates were not revoked, fetched from where they say it is (RFC 5280, RFC 6960).

One usable proof a certificate is enough: a CRL first, for one list proves all that its issuer issued and can
be kept for a whole batch; else an OCSP answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from urllib.parse import urlsplit, urlunsplit

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID as Access

from certs.errors import RevocationUnavailable
from certs.ocspcheck import require_good_answer
from certs.trust import TrustStore

_LARGEST_ANSWER = 20 * 1024 * 1024
_LONGEST_CHAIN = 8


@dataclass(frozen=True)
class Evidence:
    """What a DSS keeps, in DER: certificates of the chains (anchors left out), CRLs, OCSP responses."""

    certs: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class _KeptList:
    fetched: datetime
    crl: x509.CertificateRevocationList


class RevocationClient:
    """Fetches evidence and keeps lists while they are good; one object a thread.

    Args:
        timeout: seconds for connecting and for each wait on an answer.
        origin: ask this ``http://host:port`` instead of the one in the certificates (the trial services may
            have moved to another port since the certificates were made).
        clock: gives the time, aware.
    """

    def __init__(
        self,
        timeout: float = 5.0,
        origin: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._http = httpx.Client(timeout=timeout, follow_redirects=True)
        self._origin, self._clock = origin, clock
        self._lists: dict[str, _KeptList] = {}

    def evidence(
        self, trust: TrustStore, certificates: Iterable[bytes], fresh_since: datetime | None = None
    ) -> Evidence:
        """Proof for each certificate and its issuers up to an anchor.

        Args:
            trust: anchors, and intermediates that need not be fetched.
            certificates: DER, in any order.
            fresh_since: a list that was fetched before this moment is fetched again (the signing time, so
                that the proof is younger than what it proves).

        Raises:
            RevocationUnavailable: a certificate has no issuer or no usable proof.
        """
        asked = tuple(certificates)
        anchors = {der: x509.load_der_x509_certificate(der) for der in trust.anchors}
        known = {der: x509.load_der_x509_certificate(der) for der in (*asked, *trust.intermediates)}
        wanted = [known[der] for der in asked if der not in anchors]
        certs: dict[bytes, None] = {}
        proofs: dict[str, dict[bytes, None]] = {"crl": {}, "ocsp": {}}
        for certificate in wanted:
            for subject, issuer in self._chain(certificate, known, anchors):
                der = subject.public_bytes(Encoding.DER)
                if der not in certs:
                    certs[der] = None
                    self._prove(subject, issuer, proofs, fresh_since)
        return Evidence(tuple(certs), tuple(proofs["crl"]), tuple(proofs["ocsp"]))

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def __enter__(self) -> RevocationClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _chain(
        self,
        leaf: x509.Certificate,
        known: dict[bytes, x509.Certificate],
        anchors: dict[bytes, x509.Certificate],
    ) -> list[tuple[x509.Certificate, x509.Certificate]]:
        links: list[tuple[x509.Certificate, x509.Certificate]] = []
        current = leaf
        for _ in range(_LONGEST_CHAIN):
            if current.public_bytes(Encoding.DER) in anchors:
                return links
            issuer = next(
                (c for c in (*anchors.values(), *known.values()) if _issued(c, current)), None
            ) or self._fetch_issuer(current)
            known[issuer.public_bytes(Encoding.DER)] = issuer
            links.append((current, issuer))
            current = issuer
        raise RevocationUnavailable(
            "Rantai sertifikat terlalu panjang atau tidak berujung pada akar tepercaya."
        )

    def _fetch_issuer(self, certificate: x509.Certificate) -> x509.Certificate:
        for url in _access(certificate, Access.CA_ISSUERS):
            try:
                issuer = x509.load_der_x509_certificate(self._fetch(url))
            except ValueError:
                continue
            if _issued(issuer, certificate):
                return issuer
        raise RevocationUnavailable("Sertifikat penerbit tidak ditemukan.")

    def _prove(
        self,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        proofs: dict[str, dict[bytes, None]],
        fresh_since: datetime | None,
    ) -> None:
        if _has_no_check(certificate):
            return
        failure: RevocationUnavailable | None = None
        for url in _distribution_points(certificate):
            try:
                crl = self._list(url, issuer, fresh_since)
            except RevocationUnavailable as error:
                failure = error
                continue
            proofs["crl"][crl.public_bytes(Encoding.DER)] = None
            return
        for url in _access(certificate, Access.OCSP):
            try:
                proofs["ocsp"][self._ask(url, certificate, issuer)] = None
            except RevocationUnavailable as error:
                failure = error
                continue
            return
        raise failure or RevocationUnavailable("Sertifikat tidak menyebut tempat memeriksa pencabutannya.")

    def _list(
        self, url: str, issuer: x509.Certificate, fresh_since: datetime | None
    ) -> x509.CertificateRevocationList:
        now, kept = self._clock(), self._lists.get(url)
        if (
            kept
            and (fresh_since is None or kept.fetched >= fresh_since)
            and _is_current(kept.crl, issuer, now)
        ):
            return kept.crl
        try:
            crl = x509.load_der_x509_crl(self._fetch(url))
        except ValueError as error:
            raise RevocationUnavailable("Daftar pencabutan tidak dapat dibaca.") from error
        if not _is_current(crl, issuer, now):
            raise RevocationUnavailable("Daftar pencabutan kedaluwarsa atau bukan dari penerbitnya.")
        self._lists[url] = _KeptList(now, crl)
        return crl

    def _ask(self, url: str, certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
        # RFC 5019, 2.1.1: responders know the issuer by SHA-1; it names a key here and secures nothing.
        request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
        body = request.build().public_bytes(Encoding.DER)
        answer = self._fetch(url, body)
        require_good_answer(answer, certificate, issuer, self._clock())
        return answer

    def _fetch(self, url: str, body: bytes | None = None) -> bytes:
        place = url
        if self._origin:
            place = urlunsplit((*urlsplit(self._origin)[:2], *urlsplit(url)[2:]))
        headers = {"Content-Type": "application/ocsp-request"} if body else {}
        try:
            reply = self._http.request("POST" if body else "GET", place, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise RevocationUnavailable("Layanan status sertifikat tidak dapat dihubungi.") from error
        if reply.status_code != 200 or len(reply.content) > _LARGEST_ANSWER:
            raise RevocationUnavailable(f"Layanan status sertifikat menjawab {reply.status_code}.")
        return reply.content


def fetch_evidence(trust: TrustStore, certificates: Iterable[bytes], timeout: float = 5.0) -> Evidence:
    """``RevocationClient.evidence`` for one time.

    Raises:
        RevocationUnavailable: as there.
    """
    with RevocationClient(timeout) as client:
        return client.evidence(trust, certificates)


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_current(crl: x509.CertificateRevocationList, issuer: x509.Certificate, now: datetime) -> bool:
    if crl.issuer != issuer.subject or crl.next_update_utc is None or crl.next_update_utc < now:
        return False
    return bool(crl.is_signature_valid(issuer.public_key()))  # type: ignore[arg-type] # a CA's key can sign


def _has_no_check(certificate: x509.Certificate) -> bool:
    return any(isinstance(extension.value, x509.OCSPNoCheck) for extension in certificate.extensions)


def _distribution_points(certificate: x509.Certificate) -> list[str]:
    points = [e.value for e in certificate.extensions if isinstance(e.value, x509.CRLDistributionPoints)]
    names = [name for value in points for point in value for name in point.full_name or ()]
    return [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]


def _access(certificate: x509.Certificate, method: x509.ObjectIdentifier) -> list[str]:
    found = [e.value for e in certificate.extensions if isinstance(e.value, x509.AuthorityInformationAccess)]
    places = [d.access_location for value in found for d in value if d.access_method == method]
    return [p.value for p in places if isinstance(p, x509.UniformResourceIdentifier)]
