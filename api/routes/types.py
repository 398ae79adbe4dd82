"""Permit types: what can be asked for, and the schema of its facts. Open to everyone."""

from __future__ import annotations

from fastapi import APIRouter

from api.answers import TypeDetail, TypeReply, TypesReply
from api.auth import OfficeDep
from api.openapi import public
from api.schemas import Code
from permits.catalog import PermitType

router = APIRouter(prefix="/types", tags=["types"])


@router.get("", responses=public())
def list_types(office: OfficeDep) -> TypesReply:
    """List the permit types, by code."""
    return TypesReply(types=[_reply(kind) for kind in office.catalog])


@router.get("/{code}", responses=public(404))
def get_type(office: OfficeDep, code: Code) -> TypeDetail:
    """Get a permit type, the JSON Schema of its facts, and an example that issues as it is."""
    kind = office.catalog.get(code)
    return TypeDetail(**_reply(kind).model_dump(), facts_schema=kind.schema(), example=dict(kind.example))


def _reply(kind: PermitType) -> TypeReply:
    return TypeReply(
        code=kind.code,
        title=kind.title,
        title_en=kind.title_en,
        legal_basis=list(kind.legal_basis),
        service_days=kind.service_days,
        fee=kind.fee,
    )
