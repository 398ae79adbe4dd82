"""API keys: programs reach the office as a person of it, within scopes. A key never signs.

A key is ``sahih_`` and 52 characters of base32: 256 random bits, shown once; only its SHA-256 is kept
(a fast hash suffices for what nobody can guess).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from api.scopes import Scope
from archive import records, tables
from office.accounts import Account, Right, find_account, require
from office.context import Office
from office.errors import BadReason, NotFound

PREFIX = "sahih_"
_FORM = re.compile(r"sahih_[a-z2-7]{52}")
# Noting each use would make every reading a writing.
_USE_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class ApiKey:
    """A key as its keepers see it, without the secret."""

    id: UUID
    name: str
    username: str
    scopes: frozenset[Scope]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def new_secret() -> str:
    """Return a fresh key."""
    return PREFIX + base64.b32encode(secrets.token_bytes(32)).decode().rstrip("=").lower()


def hash_of(secret: str) -> bytes:
    """Return what is kept of a key."""
    return hashlib.sha256(secret.encode()).digest()


def make_key(
    office: Office, who: Account, name: str, username: str, scopes: frozenset[Scope]
) -> tuple[str, ApiKey]:
    """Make a key that acts as ``username``; returns the secret, which is nowhere else, and the key.

    Raises:
        NotAllowed: ``who`` may not keep keys.
        NotFound: no account of that name.
        BadReason: no name, or no scope.
    """
    require(who, Right.KEYS)
    if not 1 <= len(name.strip()) <= 100 or not scopes:
        raise BadReason("Beri kunci sebuah nama (1 sampai 100 huruf) dan paling sedikit satu cakupan.")
    person = find_account(office, username)
    if person is None:
        raise NotFound(f"Akun '{username}' tidak ditemukan.")
    secret, now = new_secret(), office.clock()
    key = ApiKey(uuid4(), name.strip(), username, scopes, now, None, None)
    with office.database.begin() as conn:
        conn.execute(
            sa.insert(tables.api_key).values(
                id=key.id,
                hash=hash_of(secret),
                name=key.name,
                scopes=sorted(scopes),
                account_id=person.id,
                created_at=now,
            )
        )
        detail = {"key": str(key.id), "scopes": sorted(scopes)}
        records.record_audit(conn, now, who.username, "api_key.created", username, None, detail)
    return secret, key


def list_keys(office: Office, who: Account) -> list[ApiKey]:
    """List all keys, newest first, revoked ones too.

    Raises:
        NotAllowed: ``who`` may not keep keys.
    """
    require(who, Right.KEYS)
    with office.database.read() as conn:
        rows = conn.execute(_joined().order_by(tables.api_key.c.created_at.desc()))
        return [_key(row) for row in rows.mappings()]


def revoke_key(office: Office, who: Account, key_id: UUID) -> None:
    """End a key at once; one that has ended is no error.

    Raises:
        NotAllowed: ``who`` may not keep keys.
        NotFound: no key of that id.
    """
    require(who, Right.KEYS)
    keys, now = tables.api_key, office.clock()
    with office.database.begin() as conn:
        if conn.execute(sa.select(keys.c.id).where(keys.c.id == key_id)).first() is None:
            raise NotFound("Kunci API tidak ditemukan.")
        ended = conn.execute(
            sa.update(keys).where(keys.c.id == key_id, keys.c.revoked_at.is_(None)).values(revoked_at=now)
        )
        if ended.rowcount:
            records.record_audit(conn, now, who.username, "api_key.revoked", str(key_id), None, {})


def key_of(office: Office, secret: str) -> ApiKey | None:
    """Return the key behind ``secret``; None if it does not hold."""
    if not _FORM.fullmatch(secret):
        return None
    wanted, now = hash_of(secret), office.clock()
    with office.database.read() as conn:
        row = conn.execute(_joined().where(tables.api_key.c.hash == wanted)).mappings().first()
    if row is None or not hmac.compare_digest(bytes(row["hash"]), wanted):
        return None
    key = _key(row)
    if key.revoked_at is not None:
        return None
    if key.last_used_at is None or now - key.last_used_at > _USE_NOTED_EVERY:
        with office.database.begin() as conn:
            conn.execute(
                sa.update(tables.api_key).where(tables.api_key.c.id == key.id).values(last_used_at=now)
            )
    return key


def _joined() -> sa.Select[Any]:
    keys, people = tables.api_key, tables.account
    return sa.select(keys, people.c.username).join(people, people.c.id == keys.c.account_id)


def _key(row: sa.RowMapping) -> ApiKey:
    return ApiKey(
        row["id"],
        row["name"],
        row["username"],
        frozenset(Scope(s) for s in row["scopes"]),
        row["created_at"],
        row["last_used_at"],
        row["revoked_at"],
    )
