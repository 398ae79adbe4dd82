"""Proof that certificates were not revoked, fetched from where they say it is (RFC 5280, RFC 6960).

One usable proof a certificate is enough: an OCSP response where there is a responder (some validators cannot
judge the past by lists alone), else a CRL. Both are kept while they are good, so a batch asks once.
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
from certs.proofs import require_answer, require_list
from certs.trust import TrustStore

_LARGEST_ANSWER = 20 * 1024 * 1024
_LONGEST_CHAIN = 8


@dataclass(frozen=True)
class Evidence:
    """What a DSS keeps, in DER: certificates of the chains up to their anchors, CRLs, OCSP responses."""

    certs: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class _Kept:
    fetched: datetime
    until: datetime
    proof: bytes


_Fetch = Callable[[str, x509.Certificate, x509.Certificate, datetime], tuple[bytes, datetime]]


class RevocationClient:
    """Fetches evidence and keeps proofs while they are good; one object a thread.

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
        self._kept: dict[tuple[str, int], _Kept] = {}

    def evidence(
        self, trust: TrustStore, certificates: Iterable[bytes], fresh_since: datetime | None = None
    ) -> Evidence:
        """Proof for each certificate and its issuers up to an anchor.

        Args:
            trust: anchors, and intermediates that need not be fetched.
            certificates: DER, in any order.
            fresh_since: a proof that was fetched before this moment is fetched again (the signing time, so
                that the proof is younger than what it proves).

        Raises:
            RevocationUnavailable: a certificate has no issuer or no usable proof.
        """
        asked = tuple(certificates)
        anchors, known = _load(trust.anchors), _load((*asked, *trust.intermediates))
        wanted = [known[der] for der in asked if der not in anchors]
        certs: dict[bytes, None] = {}
        used: dict[bytes, None] = {}
        proofs: dict[str, dict[bytes, None]] = {"crl": {}, "ocsp": {}}
        for certificate in wanted:
            for subject, issuer in self._chain(certificate, known, anchors):
                der = subject.public_bytes(Encoding.DER)
                if der not in certs:
                    certs[der] = None
                    self._prove(subject, issuer, proofs, fresh_since)
                if (issuing := issuer.public_bytes(Encoding.DER)) in anchors:
                    used[issuing] = None
        # The anchors go in too: some validators look for the issuer of a CRL in the file alone.
        return Evidence((*certs, *used), tuple(proofs["crl"]), tuple(proofs["ocsp"]))

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
        failure = RevocationUnavailable("Sertifikat tidak menyebut tempat memeriksa pencabutannya.")
        ways: list[tuple[str, str, _Fetch]] = [
            *(("ocsp", url, self._ask) for url in _access(certificate, Access.OCSP)),
            *(("crl", url, self._list) for url in _distribution_points(certificate)),
        ]
        for kind, url, fetch in ways:
            try:
                proofs[kind][self._keep(fetch, url, certificate, issuer, fresh_since)] = None
            except RevocationUnavailable as error:
                failure = error
                continue
            return
        raise failure

    def _keep(
        self,
        fetch: _Fetch,
        url: str,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        fresh_since: datetime | None,
    ) -> bytes:
        now = self._clock()
        name = (url, certificate.serial_number if fetch == self._ask else 0)
        kept = self._kept.get(name)
        if kept and now < kept.until and (fresh_since is None or kept.fetched >= fresh_since):
            return kept.proof
        proof, until = fetch(url, certificate, issuer, now)
        self._kept[name] = _Kept(now, until, proof)
        return proof

    def _list(
        self, url: str, _certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
    ) -> tuple[bytes, datetime]:
        data = self._fetch(url)
        return data, require_list(data, issuer, now)

    def _ask(
        self, url: str, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
    ) -> tuple[bytes, datetime]:
        # RFC 5019, 2.1.1: responders know the issuer by SHA-1; it names a key here and secures nothing.
        request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
        answer = self._fetch(url, request.build().public_bytes(Encoding.DER))
        return answer, require_answer(answer, certificate, issuer, now)

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


def _load(certificates: Iterable[bytes]) -> dict[bytes, x509.Certificate]:
    try:
        return {der: x509.load_der_x509_certificate(der) for der in certificates}
    except ValueError as error:
        raise RevocationUnavailable("Sertifikat di dalam tanda tangan tidak dapat dibaca.") from error


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


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
