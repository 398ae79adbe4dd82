"""The seal in a permit's QR: its public facts, signed, so that paper can be checked without a network.

A seal is a COSE_Sign1 (RFC 9052, section 4.2) with ES256 (RFC 9053, section 2.1) in deterministic CBOR
(RFC 8949, section 4.2.1). The token is not in it: it is the external additional data, so a seal cut from
one permit and set beside another permit's token does not verify. ECDSA is deterministic (RFC 6979): same
facts, same bytes. A seal proves what the office sealed, not that a PDF is signed. Its format: docs/seal.md.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from esign.seal_key import SealKey, SealPublicKey, SealRefused
from esign.tokens import group_token, new_token, normalise_token

__all__ = [
    "SealKey",
    "SealPublicKey",
    "SealRefused",
    "SealedFacts",
    "from_base32",
    "group_token",
    "make_seal",
    "new_token",
    "normalise_token",
    "read_seal",
    "to_base32",
]

LONGEST_SEAL = 512
"""Bytes, and well above what honest facts take (about 190). A longer one is refused unread."""
LONGEST_HOLDER = 40
"""Characters of the holder's name in a seal, the ellipsis of a cut name among them."""
FACTS_HASH_BYTES = 16
"""Bytes of the SHA-256 of the facts that a seal keeps: 128 bits, for a second preimage far out of reach."""

_COSE_SIGN1, _ALG, _KID, _ES256 = 18, 1, 4, -7
_OFFICE, _NUMBER, _TYPE, _HOLDER, _ISSUED, _UNTIL, _FACTS = range(1, 8)
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class SealedFacts:
    """What a seal says of a permit.

    Attributes:
        holder: the name on the permit; a seal keeps `LONGEST_HOLDER` characters of it.
        valid_until: the last day of validity, None where it does not end.
        facts_sha256: hex SHA-256 of all facts; a seal keeps its first `FACTS_HASH_BYTES` bytes.
    """

    office_code: str
    number: str
    type_code: str
    holder: str
    issued_on: date
    valid_until: date | None
    facts_sha256: str

    def as_sealed(self) -> SealedFacts:
        """Return the facts as a seal keeps them, to be compared with those read from one."""
        holder = self.holder
        if len(holder) > LONGEST_HOLDER:
            holder = holder[: LONGEST_HOLDER - 1].rstrip() + "…"
        return replace(self, holder=holder, facts_sha256=self.facts_sha256[: 2 * FACTS_HASH_BYTES].lower())


def to_base32(data: bytes) -> str:
    """Return bytes in upper-case base32 without padding (RFC 4648, section 6)."""
    return base64.b32encode(data).decode("ascii").rstrip("=")


def from_base32(text: str) -> bytes:
    """Read unpadded base32, either case; only the one spelling `to_base32` gives (but for case) is taken.

    Raises:
        SealRefused: not base32 (``seal-malformed``), or more than a seal can be (``seal-too-long``).
    """
    if len(text) > LONGEST_SEAL * 8 // 5 + 1:
        raise SealRefused("seal-too-long", "The text is longer than any seal.")
    upper = text.upper() if text.isascii() else ""
    try:
        data = base64.b32decode(upper + "=" * (-len(upper) % 8))
    except ValueError as why:
        raise SealRefused("seal-malformed", "The seal is not base32.") from why
    if not data or to_base32(data) != upper:
        raise SealRefused("seal-malformed", "The seal is not base32 in its one spelling.")
    return data


def make_seal(facts: SealedFacts, token: str, key: SealKey) -> bytes:
    """Seal a permit's facts and token. Same facts, token and key: same bytes.

    Raises:
        SealRefused: the facts do not fit (``seal-too-long``) or cannot be sealed (``seal-malformed``).
    """
    try:
        payload = _encode(_as_map(facts.as_sealed()))
    except ValueError as why:
        raise SealRefused("seal-malformed", "These facts cannot be sealed.") from why
    protected = _protected(key.kid)
    signature = key.sign(_to_be_signed(protected, payload, token))
    seal = _encode(cbor2.CBORTag(_COSE_SIGN1, [protected, {}, payload, signature]))
    if len(seal) > LONGEST_SEAL:
        raise SealRefused("seal-too-long", f"The seal is {len(seal)} bytes; {LONGEST_SEAL} is the most.")
    return seal


def read_seal(data: bytes, token: str, keys: Mapping[bytes, SealPublicKey]) -> SealedFacts:
    """Check a seal that stands beside ``token`` and return what it says, as `SealedFacts.as_sealed` cuts it.

    Raises:
        SealRefused: no seal, or not in its one encoding (``seal-malformed``, ``seal-too-long``); by a key not
            in ``keys`` (``seal-unknown-key``); changed, or another permit's (``seal-signature``).
    """
    if len(data) > LONGEST_SEAL:
        raise SealRefused("seal-too-long", f"The seal is {len(data)} bytes; {LONGEST_SEAL} is the most.")
    match _decode(data):
        case cbor2.CBORTag(tag=18, value=[bytes(protected), {**rest}, bytes(payload), bytes(signature)]) if (
            not rest
        ):
            pass
        case _:
            raise SealRefused("seal-malformed", "This is no seal of ours.")
    key = _key_of(protected, keys)
    if len(signature) != 64:
        raise SealRefused("seal-malformed", "The seal's signature is not of ES256.")
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    try:
        key.key.verify(der, _to_be_signed(protected, payload, token), ec.ECDSA(SHA256()))
    except InvalidSignature as why:
        raise SealRefused("seal-signature", "The seal was changed or is another permit's.") from why
    return _as_facts(_decode(payload))


def _protected(kid: bytes) -> bytes:
    return _encode({_ALG: _ES256, _KID: kid})


def _key_of(protected: bytes, keys: Mapping[bytes, SealPublicKey]) -> SealPublicKey:
    header = _decode(protected)
    kid = header.get(_KID) if isinstance(header, dict) else None
    if not isinstance(kid, bytes) or protected != _protected(kid):
        raise SealRefused("seal-malformed", "The seal's header is not ours.")
    if kid not in keys:
        raise SealRefused("seal-unknown-key", f"No key {kid.hex()} is known.")
    return keys[kid]


def _to_be_signed(protected: bytes, payload: bytes, token: str) -> bytes:
    """Return the Sig_structure of RFC 9052, section 4.4, the token as ``external_aad``."""
    canonical = normalise_token(token)
    if canonical is None:
        raise SealRefused("seal-malformed", "This is no token.")
    return _encode(["Signature1", protected, canonical.encode("ascii"), payload])


def _as_map(facts: SealedFacts) -> dict[int, str | int | bytes]:
    digest = bytes.fromhex(facts.facts_sha256)
    if len(digest) != FACTS_HASH_BYTES:
        raise ValueError("the digest of the facts is too short")
    said: dict[int, str | int | bytes] = {
        _OFFICE: facts.office_code,
        _NUMBER: facts.number,
        _TYPE: facts.type_code,
        _HOLDER: facts.holder,
        _ISSUED: facts.issued_on.toordinal() - _EPOCH.toordinal(),
        _FACTS: digest,
    }
    if facts.valid_until is not None:
        said[_UNTIL] = facts.valid_until.toordinal() - _EPOCH.toordinal()
    return said


def _as_facts(said: Any) -> SealedFacts:
    match said:
        case {
            1: str(office),
            2: str(number),
            3: str(type_code),
            4: str(holder),
            5: issued,
            7: bytes(digest),
            **rest,
        } if len(digest) == FACTS_HASH_BYTES and rest.keys() <= {_UNTIL}:
            until = rest.get(_UNTIL)
        case _:
            raise SealRefused("seal-malformed", "The seal does not say what ours say.")
    return SealedFacts(
        office,
        number,
        type_code,
        holder,
        _day(issued),
        None if _UNTIL not in rest else _day(until),
        digest.hex(),
    )


def _day(count: object) -> date:
    if isinstance(count, int) and 1 <= count + _EPOCH.toordinal() <= date.max.toordinal():
        return date.fromordinal(count + _EPOCH.toordinal())
    raise SealRefused("seal-malformed", "The seal holds a day of no calendar.")


def _encode(value: Any) -> bytes:
    return cbor2.dumps(value, canonical=True)


def _decode(data: bytes) -> Any:
    """Read one CBOR item in its deterministic encoding: what does not come out again the same is refused."""
    try:
        value = cbor2.loads(data)
        same = _encode(value) == data
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError) as why:
        raise SealRefused("seal-malformed", "The seal is not CBOR.") from why
    if not same:
        raise SealRefused("seal-malformed", "The seal is not in its one encoding.")
    return value
