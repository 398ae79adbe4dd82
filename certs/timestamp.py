"""Asking a time-stamp authority for the time (RFC 3161)."""

from __future__ import annotations

import secrets
from hmac import compare_digest
from types import TracebackType

import httpx
from asn1crypto.cms import ContentInfo
from asn1crypto.core import Any, SequenceOf
from asn1crypto.tsp import PKIStatusInfo

from certs import cms, der
from certs.errors import TimestampUnavailable

_SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))
_SMALLEST_RESERVE = 2048
_LARGEST_REPLY = 64 * 1024


class TimestampClient:
    """One authority by its address, over connections that are kept; any thread may use it.

    Args:
        url: the authority's HTTP address.
        timeout: seconds for connecting and for each wait on its reply.
        user, password: HTTP basic authentication where the authority wants it.
    """

    def __init__(
        self, url: str, timeout: float = 5.0, *, user: str | None = None, password: str | None = None
    ) -> None:
        self.url = url
        auth = (user, password or "") if user else None
        self._http = httpx.Client(timeout=timeout, auth=auth, follow_redirects=False)
        self._largest = 0

    @property
    def token_bytes(self) -> int:
        """How much room a token of this authority wants, judged by those it gave so far."""
        return max(_SMALLEST_RESERVE, self._largest + 64)

    def token(self, digest: bytes) -> bytes:
        """A DER TimeStampToken over ``digest`` (SHA-256, 32 bytes), its imprint and nonce checked.

        The token's signature is not judged here but with the whole file, by ``esign.verify``.

        Raises:
            TimestampUnavailable: no connection, a refusal, or a reply to another question.
        """
        nonce = secrets.randbits(63)
        request = der.sequence(
            der.integer(1), der.sequence(_SHA256, der.octets(digest)), der.integer(nonce), der.TRUE
        )
        token = _read_reply(self._post(request), digest, nonce)
        self._largest = max(self._largest, len(token))
        return token

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def __enter__(self) -> TimestampClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _post(self, request: bytes) -> bytes:
        try:
            reply = self._http.post(
                self.url, content=request, headers={"Content-Type": "application/timestamp-query"}
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TimestampUnavailable("Layanan cap waktu tidak dapat dihubungi.") from error
        if reply.status_code != 200 or len(reply.content) > _LARGEST_REPLY:
            raise TimestampUnavailable(f"Layanan cap waktu menjawab {reply.status_code}.")
        return reply.content


def _read_reply(reply: bytes, digest: bytes, nonce: int) -> bytes:
    try:
        # asn1crypto's TimeStampResp knows no reply without a token, which is what a refusal is.
        parts = SequenceOf.load(reply, strict=True, spec=Any)
        status = parts[0].parse(PKIStatusInfo)["status"].native
        if status not in {"granted", "granted_with_mods"}:
            raise TimestampUnavailable(f"Layanan cap waktu menolak permintaan ({status}).")
        token = parts[1].parse(ContentInfo)
        content = token["content"]["encap_content_info"]
        info = content["content"].parsed
        imprint = info["message_imprint"]
        matches = (
            content["content_type"].dotted == cms.TST_INFO
            and imprint["hash_algorithm"]["algorithm"].native == "sha256"
            and compare_digest(imprint["hashed_message"].native, digest)
            and info["nonce"].native == nonce
        )
        der_token: bytes = token.dump()
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise TimestampUnavailable("Jawaban layanan cap waktu tidak dapat dibaca.") from error
    if not matches:
        raise TimestampUnavailable("Jawaban layanan cap waktu bukan untuk permintaan ini.")
    return der_token
