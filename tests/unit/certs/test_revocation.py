"""Evidence is fetched where certificates say, checked, and kept; the authority's own desk answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from certs.authority import create_authority, load_key, revoke_certificate
from certs.errors import RevocationUnavailable
from certs.revocation import RevocationClient
from certs.status import StatusDesk
from certs.trust import TrustStore, load_trust

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


class Network:
    """The services behind a transport that counts, and that can be made to lie."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.desk = StatusDesk(folder, lambda: self.now)
        self.asked: Counter[str] = Counter()
        self.lies: dict[str, Callable[[bytes], httpx.Response]] = {}

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked[path] += 1
        if path in self.lies:
            return self.lies[path](request.content)
        stem = path.rpartition("/")[2].partition(".")[0]
        found = {
            "/crl": lambda: self.desk.crl(stem),
            "/ca": lambda: self.desk.certificate(stem),
            "/ocsp": lambda: self.desk.ocsp(request.content),
        }[path.rpartition("/")[0] or path]()
        return httpx.Response(200, content=found)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_authority(
        tmp_path / "a",
        [],
        {},
        office_code="X",
        organisation="X",
        base_url_of_services="http://127.0.0.1:9",
        now=NOW - timedelta(days=1),
    )
    return tmp_path / "a"


@pytest.fixture
def network(folder: Path) -> Network:
    return Network(folder)


@pytest.fixture
def client(network: Network, monkeypatch: pytest.MonkeyPatch) -> RevocationClient:
    client = RevocationClient(clock=lambda: network.now)
    monkeypatch.setattr(client, "_http", httpx.Client(transport=httpx.MockTransport(network.answer)))
    return client


@pytest.fixture
def trust(folder: Path) -> TrustStore:
    return load_trust(folder / "trust.json")


@pytest.fixture
def signer(folder: Path) -> bytes:
    return load_key(folder, "office").certificate.public_bytes(Encoding.DER)


def test_one_answer_each_and_one_list_prove_the_whole_chain_and_serve_a_batch(
    client: RevocationClient, network: Network, trust: TrustStore, signer: bytes, folder: Path
) -> None:
    tsa = load_key(folder, "tsa").certificate.public_bytes(Encoding.DER)
    for _ in range(50):
        evidence = client.evidence(trust, (signer, tsa))
    assert network.asked == {"/ocsp": 2, "/crl/root.crl": 1}
    assert evidence.certs == (signer, trust.intermediates[0], tsa, trust.anchors[0])
    assert (len(evidence.crls), len(evidence.ocsps)) == (1, 2)


def test_a_proof_older_than_the_signature_is_fetched_again(
    client: RevocationClient, network: Network, trust: TrustStore, signer: bytes
) -> None:
    old = client.evidence(trust, (signer,))
    network.now += timedelta(minutes=5)
    new = client.evidence(trust, (signer,), fresh_since=network.now - timedelta(minutes=1))
    assert network.asked == {"/ocsp": 2, "/crl/root.crl": 2}
    assert old.crls != new.crls
    assert old.ocsps != new.ocsps


def test_a_missing_intermediate_is_fetched(
    client: RevocationClient, network: Network, trust: TrustStore, signer: bytes
) -> None:
    evidence = client.evidence(TrustStore(anchors=trust.anchors), (signer,))
    assert trust.intermediates[0] in evidence.certs
    assert network.asked["/ca/issuing.cer"] == 1


def _refuse(_body: bytes) -> httpx.Response:
    return httpx.Response(503)


def test_without_a_responder_the_list_is_fetched(
    client: RevocationClient, network: Network, trust: TrustStore, signer: bytes
) -> None:
    network.lies["/ocsp"] = _refuse
    evidence = client.evidence(trust, (signer,))
    assert (len(evidence.crls), len(evidence.ocsps)) == (2, 0)


def test_a_revocation_is_proof_too(
    client: RevocationClient, trust: TrustStore, signer: bytes, folder: Path
) -> None:
    serial = x509.load_der_x509_certificate(signer).serial_number
    revoke_certificate(folder, serial, NOW)
    (answer,) = client.evidence(trust, (signer,)).ocsps
    response = ocsp.load_der_ocsp_response(answer)
    assert response.serial_number == serial
    assert response.certificate_status is ocsp.OCSPCertStatus.REVOKED


def test_proof_that_proves_nothing_is_refused(
    client: RevocationClient, network: Network, signer: bytes, folder: Path
) -> None:
    trust = load_trust(folder / "trust.json")
    other = folder.parent / "b"
    create_authority(
        other,
        [],
        {},
        office_code="X",
        organisation="X",
        base_url_of_services="http://127.0.0.1:9",
        now=NOW - timedelta(days=1),
    )
    stranger, stale = Network(other).desk, Network(folder)
    stale.now -= timedelta(days=60)
    foreign = _ocsp_of(folder, "tsa")
    lists = [b"", b"halo", stranger.crl("issuing"), network.desk.crl("root"), stale.desk.crl("issuing")]
    answers = [b"", b"halo", stale.desk.ocsp(_ocsp_request(signer, trust)), network.desk.ocsp(foreign)]
    for crl in lists:
        for answer in answers:
            network.lies["/crl/issuing.crl"] = lambda _, body=crl: httpx.Response(200, content=body)
            network.lies["/ocsp"] = lambda _, body=answer: httpx.Response(200, content=body)
            with pytest.raises(RevocationUnavailable):
                client.evidence(trust, (signer,))


def test_a_certificate_of_nobody_has_no_proof(
    client: RevocationClient, trust: TrustStore, signer: bytes
) -> None:
    with pytest.raises(RevocationUnavailable):
        client.evidence(TrustStore(), (signer,))
    with pytest.raises(RevocationUnavailable):
        client.evidence(trust, (b"halo",))


def test_moved_services_are_found_at_their_new_place(
    network: Network, trust: TrustStore, signer: bytes
) -> None:
    hosts: set[str] = set()

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.add(request.url.netloc.decode())
        return network.answer(request)

    client = RevocationClient(origin="http://127.0.0.1:4711", clock=lambda: NOW)
    client._http = httpx.Client(transport=httpx.MockTransport(answer))
    client.evidence(trust, (signer,))
    assert hosts == {"127.0.0.1:4711"}


def _ocsp_request(certificate: bytes, trust: TrustStore) -> bytes:
    subject, issuer = (x509.load_der_x509_certificate(der) for der in (certificate, trust.intermediates[0]))
    builder = ocsp.OCSPRequestBuilder().add_certificate(subject, issuer, hashes.SHA256())
    return builder.build().public_bytes(Encoding.DER)


def _ocsp_of(folder: Path, stem: str) -> bytes:
    der = load_key(folder, stem).certificate.public_bytes(Encoding.DER)
    return _ocsp_request(der, load_trust(folder / "trust.json"))
