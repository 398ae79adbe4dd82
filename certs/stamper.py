"""The trial time-stamp authority: a request in, a signed reply out (RFC 3161, RFC 5816)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from asn1crypto.tsp import TimeStampReq

from certs import cms, der, profiles
from certs.keys import SigningKey

_IMPRINT_SIZES = {"sha256": 32, "sha384": 48, "sha512": 64}
_BAD_ALGORITHM, _BAD_FORMAT = 0, 5  # PKIFailureInfo, RFC 3161, 2.4.2


@dataclass(frozen=True)
class Stamper:
    """Signs the time with one key; whole seconds, no ordering."""

    key: SigningKey

    def reply(self, request: bytes, now: datetime) -> bytes:
        """A DER TimeStampResp for a DER TimeStampReq; a bad request gets a rejection, not an exception."""
        try:
            asked = TimeStampReq.load(request, strict=True)
            imprint = asked["message_imprint"]
            algorithm = imprint["hash_algorithm"]["algorithm"].native
            digest = imprint["hashed_message"].native
            nonce = asked["nonce"].native
            wants_certificates = bool(asked["cert_req"].native)
        except (ValueError, TypeError, KeyError):
            return _rejection(_BAD_FORMAT)
        if _IMPRINT_SIZES.get(algorithm) != len(digest):
            return _rejection(_BAD_ALGORITHM)
        info = der.sequence(
            der.integer(1),
            der.oid(profiles.POLICY.dotted_string),
            imprint.dump(),
            der.integer(secrets.randbits(127)),
            der.generalized_time(now),
            b"" if nonce is None else der.integer(nonce),
        )
        token = cms.signed_data(
            self.key,
            hashlib.sha256(info).digest(),
            content_type=cms.TST_INFO,
            content=info,
            certificates=wants_certificates,
        )
        return der.sequence(der.sequence(der.integer(0)), token)


def _rejection(failure: int) -> bytes:
    bits = der.tlv(0x03, bytes((7 - failure, 0x80 >> failure)))
    return der.sequence(der.sequence(der.integer(2), bits))
