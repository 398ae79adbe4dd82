"""The mark between two pages: opaque to its holder, checked when it comes back.

A mark holds the sort key of the last hit and a digest of the query it belongs to. It grants nothing: the
fence of permit types is set anew with every query.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass

from search.errors import BadQuery
from search.ports import Query

Key = tuple[int | str, ...]


@dataclass(frozen=True)
class Mark:
    """Where a page ended. ``fuzzy``: whether typing errors were forgiven, which later pages must do too."""

    key: Key
    fuzzy: bool


def write_mark(query: Query, mark: Mark) -> str:
    """Return ``mark`` as text for ``query``."""
    body = json.dumps([_digest(query), mark.fuzzy, *mark.key], separators=(",", ":"))
    return base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")


def read_mark(query: Query, kinds: tuple[type, ...]) -> Mark | None:
    """Return the mark of ``query.after``; ``kinds`` are the types of the sort key's parts.

    Raises:
        BadQuery: it is not a mark of ours, or one of another query.
    """
    if query.after is None:
        return None
    try:
        padded = query.after + "=" * (-len(query.after) % 4)
        body = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
    except (ValueError, RecursionError, binascii.Error) as error:
        raise BadQuery("the paging mark cannot be read") from error
    if not isinstance(body, list) or len(body) != len(kinds) + 2 or body[0] != _digest(query):
        raise BadQuery("the paging mark belongs to another query")
    fuzzy, key = body[1], body[2:]
    if not isinstance(fuzzy, bool) or any(
        type(part) is not kind for part, kind in zip(key, kinds, strict=True)
    ):
        raise BadQuery("the paging mark is not one of ours")
    return Mark(tuple(key), fuzzy)


def _digest(query: Query) -> str:
    parts = [
        query.words,
        sorted(query.types) if query.types is not None else None,
        query.type_code,
        query.year,
        query.status,
        query.since.isoformat() if query.since else None,
        query.until.isoformat() if query.until else None,
        query.sort.value,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
