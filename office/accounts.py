"""People, roles, and what each may do; logging in and out.

Passphrases are kept as argon2id hashes (RFC 9106, second recommended profile); session tokens as SHA-256.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from archive import records, tables
from office.context import Office
from office.errors import LockedOut, LoginRefused, NotAllowed

MAX_FAILURES = 5
LOCK_TIME = timedelta(minutes=15)
SESSION_TIME = timedelta(hours=10)
_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
# Verified when the user name is unknown, so that both answers take the same time.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$c2FoaWgtbm9ib2R5ISE$Zm9yLXRpbWluZy1vbmx5LW5vdC1hLXJlYWwtaGFzaCEhISE"


class Role(StrEnum):
    """Who someone is in the office."""

    ADMIN = "admin"
    PETUGAS = "petugas"
    KEPALA_DINAS = "kepala_dinas"
    AUDITOR = "auditor"


class Right(StrEnum):
    """What a step asks for."""

    DRAFT = "draft"
    READ = "read"
    SIGN = "sign"
    REVOKE = "revoke"
    REPLACE = "replace"
    AUDIT = "audit"
    PEOPLE = "people"
    KEYS = "keys"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.ADMIN: frozenset({Right.READ, Right.AUDIT, Right.PEOPLE, Right.KEYS}),
    Role.PETUGAS: frozenset({Right.DRAFT, Right.READ, Right.REPLACE}),
    Role.KEPALA_DINAS: frozenset(
        {Right.DRAFT, Right.READ, Right.SIGN, Right.REVOKE, Right.REPLACE, Right.AUDIT}
    ),
    Role.AUDITOR: frozenset({Right.READ, Right.AUDIT}),
}


@dataclass(frozen=True)
class Account:
    """A person with a role. ``types``: the permit types of their bidang; None: all."""

    id: UUID
    username: str
    name: str
    role: Role
    title: str = ""
    nip: str = ""
    types: frozenset[str] | None = None


@dataclass(frozen=True)
class Session:
    """A login that holds; ``csrf`` goes into every form of it."""

    account: Account
    csrf: str
    expires_at: datetime


def may(account: Account, right: Right) -> bool:
    """Say whether the role of ``account`` has ``right``."""
    return right in RIGHTS[account.role]


def require(account: Account, right: Right) -> None:
    """Pass, or refuse.

    Raises:
        NotAllowed: the role has no such right.
    """
    if not may(account, right):
        raise NotAllowed


def sees(account: Account, type_code: str) -> bool:
    """Say whether permits of ``type_code`` belong to the bidang of ``account``."""
    return account.types is None or type_code in account.types


def add_account(
    office: Office,
    username: str,
    passphrase: str,
    *,
    name: str,
    role: Role,
    title: str = "",
    nip: str = "",
    types: frozenset[str] | None = None,
) -> Account:
    """Create a person's account; the passphrase is kept only as its argon2id hash."""
    account = Account(uuid4(), username, name, role, title, nip, types)
    with office.database.begin() as conn:
        conn.execute(
            sa.insert(tables.account).values(
                id=account.id,
                username=username,
                name=name,
                title=title,
                nip=nip,
                role=role.value,
                password_hash=_HASHER.hash(passphrase),
                types=sorted(types) if types is not None else None,
                failed_count=0,
                active=True,
                created_at=office.clock(),
            )
        )
        records.record_audit(
            conn, office.clock(), username, "account.created", username, None, {"role": role.value}
        )
    return account


def find_account(office: Office, username: str) -> Account | None:
    """Return the active account of that name."""
    row = _row(office, username)
    return _account(row) if row else None


def authenticate(office: Office, username: str, passphrase: str, address: str | None) -> Account:
    """Check a person's passphrase; count failures and lock the account for a while after five.

    Raises:
        LoginRefused: wrong name or passphrase; LockedOut: too many tries.
    """
    now = office.clock()
    row = _row(office, username)
    if row and row["locked_until"] and row["locked_until"] > now:
        raise LockedOut(row["locked_until"])
    right = _verified(row["password_hash"] if row else _NOBODY, passphrase) and row is not None
    with office.database.begin() as conn:
        if row is not None:
            _count(conn, row["id"], right, now)
        records.record_audit(
            conn, now, username[:64], "login.ok" if right else "login.refused", username[:64], address, {}
        )
    if not right or row is None:
        raise LoginRefused
    return _account(row)


def login(office: Office, username: str, passphrase: str, address: str | None) -> tuple[str, Account]:
    """Open a session; returns its token (32 random bytes, URL-safe), which only the cookie holds.

    Raises:
        LoginRefused: see ``authenticate``.
    """
    account = authenticate(office, username, passphrase, address)
    token, now = secrets.token_urlsafe(32), office.clock()
    with office.database.begin() as conn:
        conn.execute(sa.delete(tables.session).where(tables.session.c.expires_at < now))
        conn.execute(
            sa.insert(tables.session).values(
                id_hash=_hash(token),
                account_id=account.id,
                csrf=secrets.token_urlsafe(32),
                address=address,
                created_at=now,
                expires_at=now + SESSION_TIME,
            )
        )
    return token, account


def session(office: Office, token: str) -> Session | None:
    """Return the session of a cookie's token, if it still holds."""
    s, a = tables.session, tables.account
    with office.database.read() as conn:
        row = (
            conn.execute(
                sa.select(a, s.c.csrf, s.c.expires_at)
                .join(a, a.c.id == s.c.account_id)
                .where(s.c.id_hash == _hash(token), s.c.expires_at > office.clock(), a.c.active)
            )
            .mappings()
            .first()
        )
    return Session(_account(row), row["csrf"], row["expires_at"]) if row else None


def logout(office: Office, token: str) -> None:
    """End a session; an unknown one is no error."""
    known = session(office, token)
    with office.database.begin() as conn:
        conn.execute(sa.delete(tables.session).where(tables.session.c.id_hash == _hash(token)))
        if known is not None:
            name = known.account.username
            records.record_audit(conn, office.clock(), name, "logout", name, None, {})


def people(office: Office, who: Account) -> list[Account]:
    """List the active accounts.

    Raises:
        NotAllowed: only who looks after people or audits may see them.
    """
    if not (may(who, Right.PEOPLE) or may(who, Right.AUDIT)):
        raise NotAllowed
    with office.database.read() as conn:
        rows = conn.execute(sa.select(tables.account).where(tables.account.c.active).order_by("username"))
        return [_account(row) for row in rows.mappings()]


def audit_rows(office: Office, who: Account, limit: int = 200) -> list[Mapping[str, Any]]:
    """Return the newest rows of the audit log: at, actor, action, subject, detail.

    Raises:
        NotAllowed: the role has no right to audit.
    """
    require(who, Right.AUDIT)
    log = tables.audit_log.c
    with office.database.read() as conn:
        rows = conn.execute(
            sa.select(log.id, log.at, log.actor, log.action, log.subject, log.detail)
            .order_by(log.id.desc())
            .limit(limit)
        )
        return [dict(row) for row in rows.mappings()]


def _row(office: Office, username: str) -> sa.RowMapping | None:
    account = tables.account
    with office.database.read() as conn:
        found = conn.execute(sa.select(account).where(account.c.username == username, account.c.active))
        return found.mappings().first()


def _verified(password_hash: str, passphrase: str) -> bool:
    try:
        return _HASHER.verify(password_hash, passphrase)
    except (VerificationError, InvalidHashError):
        return False


def _count(conn: sa.Connection, account_id: UUID, right: bool, now: datetime) -> None:
    account = tables.account
    failed = sa.literal(0) if right else account.c.failed_count + 1
    locked = sa.null() if right else sa.case((account.c.failed_count + 1 >= MAX_FAILURES, now + LOCK_TIME))
    conn.execute(
        sa.update(account).where(account.c.id == account_id).values(failed_count=failed, locked_until=locked)
    )


def _account(row: sa.RowMapping) -> Account:
    types = frozenset(row["types"]) if row["types"] is not None else None
    return Account(
        row["id"], row["username"], row["name"], Role(row["role"]), row["title"], row["nip"], types
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
