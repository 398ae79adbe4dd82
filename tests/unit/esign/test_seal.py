"""The seal: one encoding, bound to its token, believed only by a key we know; tokens as people type them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import example, given
from hypothesis import strategies as st
from pycose.keys import EC2Key
from pycose.messages import Sign1Message

from esign.errors import SealError
from esign.seal import (
    LONGEST_HOLDER,
    LONGEST_SEAL,
    SealedFacts,
    SealKey,
    SealRefused,
    from_base32,
    group_token,
    make_seal,
    new_token,
    normalise_token,
    read_seal,
    to_base32,
)

SECRET = ec.derive_private_key(0x5EA1 << 200 | 0xB1, ec.SECP256R1())
TOKEN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
OTHER = "ABCDEFGHIJKLMNOPQRSTUVWXY2"
FACTS = SealedFacts(
    office_code="DPMPTSP-BJM",
    number="503/0042/SKTU/DPMPTSP/2026",
    type_code="sktu",
    holder="Hj. Siti Aminah binti Arsyad",
    issued_on=date(2026, 11, 24),
    valid_until=date(2031, 11, 24),
    facts_sha256=hashlib.sha256(b"facts").hexdigest(),
)


def pem(key: Any, form: PrivateFormat = PrivateFormat.PKCS8, lock: Any = None) -> bytes:
    return key.private_bytes(Encoding.PEM, form, lock or NoEncryption())


KEY = SealKey.load(pem(SECRET))
KEYS = {KEY.kid: KEY.public}
SEAL = make_seal(FACTS, TOKEN, KEY)


def refusal(data: bytes, token: str = TOKEN) -> str:
    with pytest.raises(SealRefused) as caught:
        read_seal(data, token, KEYS)
    return caught.value.code


def signed(payload: bytes, protected: bytes | None = None) -> bytes:
    """A seal that our own key signed over anything: only its form can be wrong."""
    head = cbor2.dumps({1: -7, 4: KEY.kid}) if protected is None else protected
    signature = KEY.sign(cbor2.dumps(["Signature1", head, TOKEN.encode(), payload]))
    return cbor2.dumps(cbor2.CBORTag(18, [head, {}, payload, signature]))


def said(**changed: Any) -> dict[int, Any]:
    """The payload's map, some of its entries changed (``k5=...``) or away (``k5=None``)."""
    whole = cbor2.loads(cbor2.loads(SEAL).value[2]) | {int(k[1:]): v for k, v in changed.items()}
    return {k: v for k, v in whole.items() if v is not None}


def test_a_second_implementation_of_cose_verifies_our_seal():
    point = SECRET.public_key().public_numbers()
    tagged = cbor2.loads(SEAL)
    assert tagged.tag == Sign1Message.cbor_tag
    # Not `decode`: it wants a list and a dict, and cbor2 gives what is under a tag as tuple and frozendict.
    protected, unprotected, payload, signature = tagged.value
    parts = [protected, dict(unprotected), payload, signature]
    message = Sign1Message.from_cose_obj(parts, allow_unknown_attributes=False)
    message.key = EC2Key(crv="P_256", x=point.x.to_bytes(32, "big"), y=point.y.to_bytes(32, "big"))
    message.external_aad = TOKEN.encode("ascii")
    assert message.verify_signature()
    message.external_aad = OTHER.encode("ascii")
    assert not message.verify_signature()
    assert message.uhdr == {}
    assert cbor2.loads(message.payload) == {
        1: "DPMPTSP-BJM",
        2: "503/0042/SKTU/DPMPTSP/2026",
        3: "sktu",
        4: "Hj. Siti Aminah binti Arsyad",
        5: (date(2026, 11, 24) - date(1970, 1, 1)).days,
        6: (date(2031, 11, 24) - date(1970, 1, 1)).days,
        7: hashlib.sha256(b"facts").digest()[:16],
    }


def test_same_facts_same_bytes_in_every_release():
    assert make_seal(FACTS, TOKEN, SealKey.load(pem(SECRET))) == SEAL
    assert (
        hashlib.sha256(SEAL).hexdigest() == "038292346834ca78174769aa29c05153231d1c2399fa5a4504f11f86c9f2b672"
    )


def test_any_flipped_bit_is_refused():
    for place in range(len(SEAL)):
        for bit in range(8):
            changed = bytearray(SEAL)
            changed[place] ^= 1 << bit
            assert refusal(bytes(changed)) in {"seal-malformed", "seal-unknown-key", "seal-signature"}


def test_any_cut_is_refused():
    assert {refusal(SEAL[:length]) for length in range(len(SEAL))} == {"seal-malformed"}


def test_a_seal_set_beside_another_token_is_refused():
    assert refusal(SEAL, OTHER) == "seal-signature"
    assert refusal(SEAL, "no token") == "seal-malformed"
    assert read_seal(SEAL, group_token(TOKEN).lower(), KEYS) == FACTS.as_sealed()


def test_a_key_we_do_not_know_is_told_from_a_changed_seal():
    stranger = SealKey.load(pem(ec.generate_private_key(ec.SECP256R1())))
    assert refusal(make_seal(FACTS, TOKEN, stranger)) == "seal-unknown-key"
    with pytest.raises(SealRefused) as caught:
        read_seal(SEAL, TOKEN, {KEY.kid: stranger.public})
    assert caught.value.code == "seal-signature"


@pytest.mark.parametrize(
    "data",
    [
        SEAL + b"\x00",
        SEAL[1:],
        b"\xd8\x12" + SEAL[1:],
        b"\xd2\x9f" + SEAL[2:] + b"\xff",
        b"\xd2\x98\x04" + SEAL[2:],
        SEAL.replace(b"\xa0", b"\xa1\x04\x41k", 1),
        SEAL.replace(b"\xa0", b"\xbf\xff", 1),
        SEAL.replace(b"\xa0", b"\xa2\x04\x41k\x04\x41k", 1),
        b"",
        b"\xf6",
        b"\x9b" + b"\xff" * 8,
        b"\x81" * 500,
        b"\xd8\x1d\x00",
        b"\xc2\x41\x01",
    ],
    ids=[
        "trailing byte",
        "no tag",
        "long tag",
        "indefinite array",
        "long array head",
        "unprotected header",
        "indefinite map",
        "duplicate key",
        "nothing",
        "null",
        "huge array",
        "deep nest",
        "shared reference",
        "short bignum",
    ],
)
def test_another_encoding_of_the_same_or_of_nonsense_is_refused(data):
    assert refusal(data) == "seal-malformed"


@pytest.mark.parametrize(
    "protected",
    [
        cbor2.dumps({1: -7}),
        cbor2.dumps({1: -8, 4: KEY.kid}),
        cbor2.dumps({1: -7.0, 4: KEY.kid}),
        cbor2.dumps({4: KEY.kid, 1: -7}),
        cbor2.dumps({1: -7, 4: KEY.kid, 2: [99]}),
        cbor2.dumps({1: -7, 4: KEY.kid.hex()}),
        cbor2.dumps([1, -7]),
        b"",
    ],
    ids=["no kid", "EdDSA", "float", "order", "crit", "text kid", "array", "empty"],
)
def test_another_protected_header_is_refused_even_if_our_key_signed_it(protected):
    assert refusal(signed(cbor2.dumps(said()), protected)) == "seal-malformed"


@pytest.mark.parametrize(
    "payload",
    [
        cbor2.dumps(said(k1=None)),
        cbor2.dumps(said(k8="more")),
        cbor2.dumps(said(k2=503)),
        cbor2.dumps(said(k5=10**9)),
        cbor2.dumps(said(k5="2026-11-24")),
        cbor2.dumps(said(k6=1.5)),
        cbor2.dumps(said(k7=b"\x00" * 32)),
        cbor2.dumps(dict(reversed(said().items()))),
        cbor2.dumps([1, 2]),
        cbor2.dumps(said()) + b"\x00",
        b"",
    ],
    ids=[
        "less",
        "more",
        "number",
        "year",
        "text day",
        "half a day",
        "hash",
        "order",
        "array",
        "tail",
        "empty",
    ],
)
def test_a_payload_that_ours_never_is_is_refused_even_if_our_key_signed_it(payload):
    assert refusal(signed(payload)) == "seal-malformed"


def test_a_seal_is_refused_by_its_length_before_it_is_read():
    assert refusal(b"\x81" * (LONGEST_SEAL + 1)) == "seal-too-long"
    with pytest.raises(SealRefused) as caught:
        make_seal(replace(FACTS, number="5" * LONGEST_SEAL), TOKEN, KEY)
    assert caught.value.code == "seal-too-long"
    with pytest.raises(SealRefused) as caught:
        from_base32("A" * 1000)
    assert caught.value.code == "seal-too-long"


@given(st.binary(max_size=LONGEST_SEAL))
@example(b"\xa1\x80\x00")
@example(b"\xd9\x01\x02\x80")
@example(b"\xd8\x23\x61(")
def test_no_bytes_raise_anything_but_a_refusal(data):
    assert refusal(data).startswith("seal-")


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
days = st.dates()


@given(words, words, st.text(st.characters(exclude_categories=["Cs"]), max_size=60), days, st.none() | days)
def test_what_was_sealed_is_read(number, code, holder, issued, until):
    facts = replace(FACTS, number=number, type_code=code, holder=holder, issued_on=issued, valid_until=until)
    seal = make_seal(facts, TOKEN, KEY)
    read = read_seal(from_base32(to_base32(seal)), TOKEN, KEYS)
    assert read == facts.as_sealed() == read.as_sealed()
    assert len(read.holder) <= LONGEST_HOLDER
    assert facts.facts_sha256.startswith(read.facts_sha256)


def test_a_long_name_is_cut_and_shows_it():
    long = replace(FACTS, holder="Persekutuan Komanditer Sinar Banjar Abadi Jaya")
    assert (
        read_seal(make_seal(long, TOKEN, KEY), TOKEN, KEYS).holder
        == "Persekutuan Komanditer Sinar Banjar Aba…"
    )
    assert replace(FACTS, holder="x" * LONGEST_HOLDER).as_sealed().holder == "x" * LONGEST_HOLDER


@pytest.mark.parametrize("change", [{"facts_sha256": "ab"}, {"facts_sha256": "no hex"}, {"holder": "\ud800"}])
def test_facts_that_cannot_be_sealed_are_refused(change):
    with pytest.raises(SealRefused) as caught:
        make_seal(replace(FACTS, **change), TOKEN, KEY)
    assert caught.value.code == "seal-malformed"


def test_a_key_is_named_by_its_public_key_and_shown_as_jwk():
    der = SECRET.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert KEY.public.spki_der == der
    assert KEY.kid == KEY.public.kid == hashlib.sha256(der).digest()[:8]
    jwk = KEY.public.as_jwk()
    assert jwk.keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert jwk["kid"] == KEY.kid.hex()
    assert len(jwk["x"]) == len(jwk["y"]) == 43
    assert "private" not in repr(KEY).lower()


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        pem(SECRET, PrivateFormat.TraditionalOpenSSL),
        pem(SECRET, lock=BestAvailableEncryption(b"secret")),
        pem(ec.generate_private_key(ec.SECP384R1())),
        pem(ed25519.Ed25519PrivateKey.generate()),
        SECRET.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    ],
    ids=["empty", "broken", "SEC1", "encrypted", "P-384", "Ed25519", "DER"],
)
def test_only_a_plain_p256_key_in_pkcs8_pem_seals(bad):
    with pytest.raises(SealError) as caught:
        SealKey.load(bad)
    assert isinstance(caught.value, SealRefused)
    assert caught.value.code == "seal-key"


@pytest.mark.parametrize(
    "text", ["", "A", "AB", "ABC", "AAAAAAA1", "AA AAAAA", "ME======", "ÄÄÄÄÄÄÄÄ", "AAAſ", "ME "]
)
def test_base32_has_one_spelling(text):
    with pytest.raises(SealRefused) as caught:
        from_base32(text)
    assert caught.value.code == "seal-malformed"


@given(st.binary(min_size=1, max_size=LONGEST_SEAL))
def test_base32_there_and_back(data):
    assert from_base32(to_base32(data)) == from_base32(to_base32(data).lower()) == data


def test_tokens_are_fresh_and_of_130_bits():
    tokens = {new_token() for _ in range(500)}
    assert len(tokens) == 500
    assert all(len(t) == 26 and normalise_token(t) == t for t in tokens)
    assert set("".join(tokens)) == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


@pytest.mark.parametrize(
    "typed",
    [
        "OIBDEFGHIJKLMNOPQRSTUVWXYZ",
        "oibdefghijklmnopqrstuvwxyz",
        "018DEFGHIJKLMNOPQRSTUVWXYZ",
        "OIBDE-FGHIJ-KLMN-OPQR-STUV-WXYZ",
        "  oibde fghij\tklmn\nopqr stuv wxyz ",
        "OIBDE–FGHIJ—KLMN‑OPQR−STUV_WXYZ",
        "OIBDE\u00a0FGHIJ\u200bKLMNOPQRSTUVWXYZ\ufeff",
        "https://izin.example.go.id/v/oibdefghijklmnopqrstuvwxyz",
        "HTTPS://IZIN.EXAMPLE.GO.ID/V/OIBDEFGHIJKLMNOPQRSTUVWXYZ#2KCEQ5X7RM",
        "https://izin.example.go.id/V/OIBDE-FGHIJ-KLMN-OPQR-STUV-WXYZ?x=1",
        "izin.example.go.id/v/018DEFGHIJKLMNOPQRSTUVWXYZ/unduh",
    ],
)
def test_a_token_is_read_as_people_type_it(typed):
    assert normalise_token(typed) == "OIBDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "9IBDEFGHIJKLMNOPQRSTUVWXYZ",
        "OIBDEFGHIJKLMNOPQRSTUVWXY",
        "OIBDEFGHIJKLMNOPQRSTUVWXYZZ",
        "OIBDEFGHIJKLMNOPQRſTUVWXYZ",
        "OıBDEFGHIJKLMNOPQRSTUVWXYZ",
        "OIBDEFGHIJKLMNOPQRSTUVWXY２",
        "OIBDE.FGHIJKLMNOPQRSTUVWXYZ",
        "https://izin.example.go.id/v/",
        "https://izin.example.go.id/x/OIBDEFGHIJKLMNOPQRSTUVWXYZ",
        "503/0042/SKTU/DPMPTSP/2026",
        "-" * 100_000 + "OIBDEFGHIJKLMNOPQRSTUVWXYZ",
    ],
)
def test_what_is_no_token_is_none(typed):
    assert normalise_token(typed) is None


@given(st.text())
def test_no_text_raises_and_what_is_taken_is_canonical(text):
    token = normalise_token(text)
    assert token is None or normalise_token(token) == token


def test_a_token_is_printed_in_groups_of_five_and_four():
    assert group_token(TOKEN) == "ABCDE-FGHIJ-KLMN-OPQR-STUV-WXYZ"
    assert normalise_token(group_token(TOKEN)) == TOKEN
