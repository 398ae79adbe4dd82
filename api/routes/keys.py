"""API keys: made, listed and revoked by a person who may, in a session. A key makes no keys."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api import keys
from api.auth import OfficeDep, Person
from api.openapi import staff
from api.replies import KeyReply, KeysReply, NewKeyReply
from api.schemas import NewKey

router = APIRouter(prefix="/keys", tags=["keys"])


@router.post("", status_code=201, responses=staff(404))
def make(office: OfficeDep, session: Person, body: NewKey) -> NewKeyReply:
    """Make a key that acts as one person of the office. The secret is told this once and never again."""
    secret, key = keys.make_key(office, session.account, body.name, body.username, frozenset(body.scopes))
    return NewKeyReply(secret=secret, **KeyReply.model_validate(key).model_dump())


@router.get("", responses=staff())
def list_keys(office: OfficeDep, session: Person) -> KeysReply:
    """List all keys without their secrets, revoked ones too, newest first."""
    return KeysReply(keys=[KeyReply.model_validate(key) for key in keys.list_keys(office, session.account)])


@router.delete("/{key_id}", status_code=204, responses=staff(404), response_class=Response)
def revoke(office: OfficeDep, session: Person, key_id: UUID) -> Response:
    """End a key at once; one that has ended already is no error."""
    keys.revoke_key(office, session.account, key_id)
    return Response(status_code=204)
