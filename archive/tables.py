"""The registry's tables. What is created stands in migrations/; a test asserts that both are the same.

``event`` and ``audit_log`` only grow, and a permit's number never changes: triggers in the first
migration refuse the rest, whoever asks. The job queue's tables belong to procrastinate and are not here.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)
_INSTANT = DateTime(timezone=True)


account = Table(
    "account",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("username", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("nip", Text, nullable=False, server_default=""),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("types", JSONB(none_as_null=True), comment="permit types of the bidang; null: all"),
    Column("failed_count", Integer, nullable=False, server_default="0"),
    Column("locked_until", _INSTANT),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("created_at", _INSTANT, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("id_hash", LargeBinary, primary_key=True, comment="SHA-256 of the cookie's token"),
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False, index=True),
    Column("csrf", Text, nullable=False),
    Column("address", Text),
    Column("created_at", _INSTANT, nullable=False),
    Column("expires_at", _INSTANT, nullable=False, index=True),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("hash", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the key"),
    Column("name", Text, nullable=False),
    Column("scopes", JSONB, nullable=False),
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False, index=True),
    Column("created_at", _INSTANT, nullable=False),
    Column("revoked_at", _INSTANT),
    Column("last_used_at", _INSTANT),
)

permit = Table(
    "permit",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("type_code", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("updated_at", _INSTANT, nullable=False),
    Column("batch_key", Text),
    Column("submitted_at", _INSTANT),
    Column("return_reason", Text),
    Column("number", Text, unique=True),
    Column("serial", Integer),
    Column("series_year", SmallInteger),
    Column("token", Text, unique=True),
    Column("approved_on", Date),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("signed_at", _INSTANT),
    Column("signer_name", Text),
    Column("signer_title", Text),
    Column("approval_digest", Text),
    Column("replaces", Uuid, ForeignKey("permit.id"), index=True),
    Column("replaced_by", Uuid, ForeignKey("permit.id")),
    Column("revoked_at", _INSTANT),
    Column("revoked_by", Text),
    Column("revocation_reason", Text),
    Column("template_digest", Text),
    UniqueConstraint("type_code", "batch_key"),
    UniqueConstraint("type_code", "series_year", "serial"),
    CheckConstraint("num_nulls(number, serial, series_year, token) IN (0, 4)", name="number"),
    CheckConstraint(
        "state IN ('draft','submitted','returned','withdrawn','signed','revoked','replaced')", name="state"
    ),
    CheckConstraint("state NOT IN ('signed','revoked','replaced') OR number IS NOT NULL", name="signed"),
    Index("permit_listed_idx", "created_at", "id"),
    Index("permit_state_idx", "state", "created_at", "id"),
)

number_series = Table(
    "number_series",
    metadata,
    Column("type_code", Text, primary_key=True),
    Column("year", SmallInteger, primary_key=True),
    Column("start", Integer, nullable=False, comment="the first serial ever given in it"),
    Column("next", Integer, nullable=False, comment="the serial that the next permit gets"),
)

version = Table(
    "version",
    metadata,
    Column("permit_id", Uuid, ForeignKey("permit.id"), primary_key=True),
    Column("n", SmallInteger, primary_key=True),
    Column("sha256", Text, nullable=False, index=True),
    Column("level", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("object_key", Text, nullable=False),
    Column("object_version", Text, comment="null until the object store has acknowledged it"),
    Column("verdict", JSONB(none_as_null=True), comment="our own verification's, at storing"),
    Column("visible", Boolean, nullable=False, server_default="false"),
    CheckConstraint("NOT visible OR object_version IS NOT NULL", name="visible"),
)

kept_bytes = Table(
    "kept_bytes",
    metadata,
    Column("permit_id", Uuid, ForeignKey("permit.id"), primary_key=True),
    Column("n", SmallInteger, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("stored_at", _INSTANT, comment="when the object store acknowledged them"),
    Index("kept_bytes_stored_at_idx", "stored_at"),
)

event = Table(
    "event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("tx", BigInteger, nullable=False, server_default=text("event_clock()")),
    Column("at", _INSTANT, nullable=False),
    Column("permit_id", Uuid, ForeignKey("permit.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    Index("event_order_idx", "tx", "id"),
    Index("event_permit_id_idx", "permit_id", "id"),
)

event_epoch = Table(
    "event_epoch",
    metadata,
    Column("singleton", Boolean, primary_key=True, server_default="true"),
    Column("shift", BigInteger, nullable=False, comment="grows when a backup is restored into a new cluster"),
    CheckConstraint("singleton", name="singleton"),
)

consumer = Table(
    "consumer",
    metadata,
    Column("name", Text, primary_key=True),
    Column("tx", BigInteger, nullable=False),
    Column("event_id", BigInteger, nullable=False),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", _INSTANT, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False, index=True),
    Column("address", Text),
    Column("detail", JSONB, nullable=False),
)

signing_batch = Table(
    "signing_batch",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False, index=True),
    Column("created_at", _INSTANT, nullable=False),
    Column("finished_at", _INSTANT),
)

signing_item = Table(
    "signing_item",
    metadata,
    Column("batch_id", Uuid, ForeignKey("signing_batch.id"), primary_key=True),
    Column("permit_id", Uuid, ForeignKey("permit.id"), primary_key=True, index=True),
    Column("position", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("number", Text),
    Column("reason", Text),
    Column("finished_at", _INSTANT),
    CheckConstraint("state IN ('waiting','signed','failed')", name="state"),
)

failure = Table(
    "failure",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", _INSTANT, nullable=False, comment="when it happened last"),
    Column("room", Text, nullable=False),
    Column("permit_id", Uuid, ForeignKey("permit.id")),
    Column("what", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="1"),
    Column("resolved_at", _INSTANT),
    Index(
        "failure_open_idx",
        "room",
        "permit_id",
        "what",
        unique=True,
        postgresql_where=text("resolved_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    ),
)

search_document = Table(
    "search_document",
    metadata,
    Column("permit_id", Uuid, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("number", Text, nullable=False),
    Column("number_key", Text, nullable=False, comment="letters and digits of the number, lower case"),
    Column("serial", Integer, nullable=False),
    Column("type_code", Text, nullable=False),
    Column("type_title", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("applicant", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("issued_year", SmallInteger, nullable=False),
    Column("valid_until", Date),
    Column("signer", Text, nullable=False),
    Column("body", Text, nullable=False, comment="what highlights are cut from"),
    Column("names", Text, nullable=False, comment="applicant and address as they sound, for typing errors"),
    Column("head", TSVECTOR, nullable=False, comment="weighted, without the pages: what ranks"),
    Column("words", TSVECTOR, nullable=False, comment="all words: what matches"),
    Index("search_document_words_idx", "words", postgresql_using="gin"),
    Index(
        "search_document_number_key_idx",
        "number_key",
        postgresql_using="gin",
        postgresql_ops={"number_key": "gin_trgm_ops"},
    ),
    Index(
        "search_document_names_idx",
        "names",
        postgresql_using="gin",
        postgresql_ops={"names": "gin_trgm_ops"},
    ),
    Index("search_document_newest_idx", "issued_on", "permit_id"),
    Index("search_document_numbered_idx", "type_code", "issued_year", "serial", "permit_id"),
)
