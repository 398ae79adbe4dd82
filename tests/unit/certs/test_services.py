"""The services answer over ASGI, without a socket; independent readers judge the answers."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from asn1crypto import algos, core, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from certs.authority import create_authority, load_key, revoke_certificate
from certs.services import services

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
Call = Callable[..., httpx.Response]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_authority(
        tmp_path / "a",
        [],
        {},
        office_code="X",
        organisation="X",
        base_url_of_services="http://127.0.0.1:9",
        now=NOW,
    )
    return tmp_path / "a"


@pytest.fixture
def call(folder: Path) -> Call:
    moments = iter(NOW + timedelta(minutes=n) for n in range(1, 1000))
    app = services(folder, clock=lambda: next(moments))

    def call(method: str, path: str, content: bytes | None = None) -> httpx.Response:
        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                return await client.request(method, path, content=content)

        return asyncio.run(go())

    return call


def _query(digest: bytes, algorithm: str = "sha256", **more: object) -> bytes:
    imprint = tsp.MessageImprint(
        {"hash_algorithm": algos.DigestAlgorithm({"algorithm": algorithm}), "hashed_message": digest}
    )
    return tsp.TimeStampReq({"version": 1, "message_imprint": imprint, **more}).dump()


def test_a_token_binds_digest_nonce_and_time(call: Call, folder: Path) -> None:
    digest = hashlib.sha256(b"izin").digest()
    reply = call("POST", "/tsa", _query(digest, nonce=77, cert_req=True))
    answer = tsp.TimeStampResp.load(reply.content, strict=True)
    assert answer["status"]["status"].native == "granted"
    signed = answer["time_stamp_token"]["content"]
    info = signed["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == digest
    assert info["nonce"].native == 77
    assert info["gen_time"].native == NOW + timedelta(minutes=1)
    (signer,) = signed["signer_infos"]
    attributes = {a["type"].native: a["values"][0].native for a in signer["signed_attrs"]}
    assert (
        attributes["message_digest"]
        == hashlib.sha256(bytes(signed["encap_content_info"]["content"])).digest()
    )
    assert len(signed["certificates"]) == 2
    public = load_key(folder, "tsa").certificate.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(
        signer["signature"].native, signer["signed_attrs"].untag().dump(), ec.ECDSA(hashes.SHA256())
    )


def test_a_token_leaves_certificates_out_when_not_asked(call: Call) -> None:
    reply = tsp.TimeStampResp.load(call("POST", "/tsa", _query(bytes(32))).content)
    assert not reply["time_stamp_token"]["content"]["certificates"].native


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b"", "bad_data_format"),
        (b"halo", "bad_data_format"),
        (_query(bytes(20), "sha1"), "bad_alg"),
        (_query(bytes(31)), "bad_alg"),
    ],
)
def test_a_bad_query_is_rejected_in_the_standards_words(call: Call, body: bytes, failure: str) -> None:
    parts = core.SequenceOf.load(call("POST", "/tsa", body).content, strict=True, spec=core.Any)
    assert len(parts) == 1
    status = parts[0].parse(tsp.PKIStatusInfo)
    assert status["status"].native == "rejection"
    assert status["fail_info"].native == {failure}


def test_lists_are_signed_and_show_a_revocation(call: Call, folder: Path) -> None:
    tsa, issuing = load_key(folder, "tsa").certificate, load_key(folder, "issuing").certificate
    first = x509.load_der_x509_crl(call("GET", "/crl/issuing.crl").content)
    assert first.is_signature_valid(issuing.public_key())  # type: ignore[arg-type]
    assert len(first) == 0
    revoke_certificate(folder, tsa.serial_number, NOW)
    second = x509.load_der_x509_crl(call("GET", "/crl/issuing.crl").content)
    assert [entry.serial_number for entry in second] == [tsa.serial_number]
    assert second.next_update_utc is not None
    assert second.next_update_utc - second.last_update_utc == timedelta(days=30)


def test_ocsp_tells_good_revoked_and_not_ours(call: Call, folder: Path) -> None:
    tsa, issuing = load_key(folder, "tsa").certificate, load_key(folder, "issuing").certificate
    request = ocsp.OCSPRequestBuilder().add_certificate(tsa, issuing, hashes.SHA1())  # noqa: S303 - RFC 5019
    body = request.add_extension(x509.OCSPNonce(b"n" * 16), False).build().public_bytes(Encoding.DER)
    good = ocsp.load_der_ocsp_response(call("POST", "/ocsp", body).content)
    assert good.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert good.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * 16
    revoke_certificate(folder, tsa.serial_number, NOW)
    path = "/ocsp/" + base64.b64encode(body).decode().replace("+", "%2B").replace("/", "%2F")
    assert ocsp.load_der_ocsp_response(call("GET", path).content).certificate_status.name == "REVOKED"
    stranger = ocsp.OCSPRequestBuilder().add_certificate(issuing, issuing, hashes.SHA256()).build()
    answer = ocsp.load_der_ocsp_response(call("POST", "/ocsp", stranger.public_bytes(Encoding.DER)).content)
    assert answer.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/healthz", None, 200),
        ("GET", "/ca/root.cer", None, 200),
        ("GET", "/ca/root.key", None, 404),
        ("GET", "/crl/../tsa.crl", None, 404),
        ("GET", "/ocsp/%%%", None, 400),
        ("POST", "/lain", b"", 404),
        ("POST", "/tsa", bytes(17_000), 413),
        ("DELETE", "/tsa", None, 405),
    ],
)
def test_other_requests_get_a_plain_status(
    call: Call, method: str, path: str, body: bytes | None, status: int
) -> None:
    assert call(method, path, body).status_code == status
