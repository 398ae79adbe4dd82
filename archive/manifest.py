"""The JSON beside each permit's PDF: enough to rebuild the registry's rows from the bucket alone.

It holds the applicant's facts and is therefore as confidential as the database: the bucket is never public.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from archive.errors import ManifestUnreadable
from archive.events import Event
from archive.versions import Version
from permits.permit import Permit, State, digest_of_facts

SCHEMA = "sahih.manifest/1"
_UUIDS = {"id", "permit_id", "replaces", "replaced_by"}
_DAYS = {"approved_on", "valid_from", "valid_until"}
_INSTANTS = {"at", "created_at", "updated_at", "submitted_at", "signed_at", "revoked_at"}


@dataclass(frozen=True)
class Happened:
    """One event of the permit's life, without the database's own ordering."""

    at: datetime
    kind: str
    actor: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Manifest:
    """A permit, its visible versions (oldest first) and what happened to it (in order)."""

    permit: Permit
    versions: tuple[Version, ...]
    events: tuple[Happened, ...]


def make_manifest(permit: Permit, versions: Iterable[Version], events: Iterable[Event]) -> Manifest:
    """Return the manifest of a permit as the registry has it now; kept bytes of others stay out."""
    shown = tuple(version for version in versions if version.visible)
    return Manifest(permit, shown, tuple(Happened(e.at, e.kind, e.actor, e.data) for e in events))


def write_manifest(manifest: Manifest) -> bytes:
    """Return the JSON; the same manifest gives the same bytes."""
    permit = asdict(manifest.permit) | {"facts": dict(manifest.permit.facts)}
    body = {
        "schema": SCHEMA,
        "permit": permit,
        "facts_sha256": digest_of_facts(manifest.permit.type_code, manifest.permit.facts),
        "versions": [asdict(version) for version in manifest.versions],
        "events": [asdict(event) for event in manifest.events],
    }
    return json.dumps(body, default=_plain, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def read_manifest(data: bytes) -> Manifest:
    """Return the manifest of ``data``.

    Raises:
        ManifestUnreadable: it is none, one of another schema, or its facts do not have their digest.
    """
    try:
        body = json.loads(data)
        if body["schema"] != SCHEMA:
            raise ManifestUnreadable(f"schema {body['schema']!r} is not known")
        permit = Permit(**_typed(Permit, body["permit"]) | {"state": State(body["permit"]["state"])})
        versions = tuple(Version(**_typed(Version, one)) for one in body["versions"])
        events = tuple(Happened(**_typed(Happened, one)) for one in body["events"])
        fits = body["facts_sha256"] == digest_of_facts(permit.type_code, permit.facts)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ManifestUnreadable(f"not a manifest: {type(error).__name__}") from error
    if not fits:
        raise ManifestUnreadable("the facts do not have their digest")
    return Manifest(permit, versions, events)


def _plain(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)


def _typed(kind: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    return {f.name: _value(f.name, values[f.name]) for f in fields(kind) if f.name in values}


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _UUIDS:
        return UUID(value)
    if name in _DAYS:
        return date.fromisoformat(value)
    if name in _INSTANTS:
        return datetime.fromisoformat(value)
    return value
