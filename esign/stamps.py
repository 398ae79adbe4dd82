"""Time-stamp tokens (RFC 3161, RFC 5816): what they stamp, when, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from esign import algorithms, cms_check
from esign import der_reader as der
from esign.values import Damaged

_MOST_FIELDS = 10


@dataclass(frozen=True)
class Stamp:
    """A token whose mathematics hold; its authority is yet to be judged."""

    moment: datetime
    authority: cms_check.Checked


def check_token(token: bytes, content_digest: cms_check.Digester) -> Stamp:
    """Check a token against what it should stamp.

    Raises:
        Damaged: ``timestamp-invalid`` if it stamps something else or is broken; ``weak-digest`` and the like.
    """
    try:
        cms = cms_check.parse(token)
        if cms.content is None or cms.content_type != cms_check.TST_INFO:
            raise Damaged("timestamp-invalid")
        content = cms.content
        imprint, moment = _read_info(content)
        hashed, stamped = der.children(imprint, der.SEQUENCE, der.OCTETS)
        name = algorithms.digest_name(hashed)
        if stamped.body != content_digest(name):
            raise Damaged("timestamp-invalid")
        checked = cms_check.check(cms, lambda used: algorithms.digest(used, content), allow_old_binding=True)
    except Damaged as error:
        if error.code in {"weak-digest", "weak-key", "algorithm-unknown"}:
            raise
        raise Damaged("timestamp-invalid") from error
    if not checked.bound:
        raise Damaged("timestamp-invalid")
    return Stamp(moment, checked)


def _read_info(content: bytes) -> tuple[der.Node, datetime]:
    """TSTInfo's imprint and time (RFC 3161, 2.4.2)."""
    fields = der.children(der.expect(der.read(content), der.SEQUENCE))
    if not 5 <= len(fields) <= _MOST_FIELDS or der.integer(fields[0]) != 1:
        raise Damaged("timestamp-invalid")
    der.oid(fields[1])
    der.integer(fields[3])
    return der.expect(fields[2], der.SEQUENCE), der.generalized_time(fields[4])
