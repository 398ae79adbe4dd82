"""Permits: drafted, submitted, returned, withdrawn, revoked, read."""

from __future__ import annotations

from itertools import islice
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.auth import Drafter, OfficeDep, Reader, Revoker, Submitter
from api.openapi import file, staff
from api.replies import EventReply, PermitDetail, PermitList, PermitReply, VersionReply
from api.schemas import ListParams, NewDraft, Revision, WithReason
from office import approve, draft, find, revoke
from office.context import Office
from office.errors import NotFound
from permits.permit import Permit, status_on

router = APIRouter(prefix="/permits", tags=["permits"])
_SAME = frozenset(PermitReply.model_fields) - {"type", "status", "facts"}


@router.post("", status_code=201, responses=staff(404, 409))
def create(office: OfficeDep, who: Drafter, body: NewDraft) -> PermitReply:
    """Make a draft. With `batch_key`, the same type and key again gives the permit that is there."""
    made = draft.create(office, who, body.type, body.facts, batch_key=body.batch_key, replaces=body.replaces)
    return reply(office, made)


@router.get("", responses=staff(404))
def list_permits(office: OfficeDep, who: Reader, asked: Annotated[ListParams, Query()]) -> PermitList:
    """List permits, newest first; with `number`, the one of that number or none."""
    if asked.number is not None:
        try:
            found = [find.by_number(office, who, asked.number)]
        except NotFound:
            found = []
        return PermitList(permits=[reply(office, p) for p in found if asked.type in {None, p.type_code}])
    listed = islice(find.list_permits(office, who, type_code=asked.type), asked.limit)
    return PermitList(permits=[reply(office, permit) for permit in listed])


@router.get("/{permit_id}", responses=staff(404))
def get(office: OfficeDep, who: Reader, permit_id: UUID) -> PermitDetail:
    """Get a permit with its versions and history."""
    held = find.permit_file(office, who, permit_id)
    versions = [VersionReply.model_validate(version) for version in held.versions]
    events = [EventReply(at=e.at, kind=e.kind, actor=e.actor) for e in held.events]
    return PermitDetail(**reply(office, held.permit).model_dump(), versions=versions, events=events)


@router.put("/{permit_id}/facts", responses=staff(404, 409))
def revise(office: OfficeDep, who: Drafter, permit_id: UUID, body: Revision) -> PermitReply:
    """Change a draft's facts; 409 if someone else changed it meanwhile."""
    return reply(office, draft.revise(office, who, permit_id, body.facts, body.revision))


@router.post("/{permit_id}/submit", responses=staff(404, 409))
def submit(office: OfficeDep, who: Submitter, permit_id: UUID) -> PermitReply:
    """Hand a draft to the head of office."""
    return reply(office, draft.submit(office, who, permit_id))


@router.post("/{permit_id}/return", responses=staff(404, 409))
def give_back(office: OfficeDep, who: Submitter, permit_id: UUID, body: WithReason) -> PermitReply:
    """Give a submitted permit back to staff, with a reason."""
    return reply(office, approve.give_back(office, who, permit_id, body.reason))


@router.post("/{permit_id}/withdraw", responses=staff(404, 409))
def withdraw(office: OfficeDep, who: Drafter, permit_id: UUID, body: WithReason) -> PermitReply:
    """Withdraw a permit that is not signed. If it has a number, the register shows it as batal."""
    return reply(office, draft.withdraw(office, who, permit_id, body.reason))


@router.post("/{permit_id}/revoke", responses=staff(404, 409))
def revoke_permit(office: OfficeDep, who: Revoker, permit_id: UUID, body: WithReason) -> PermitReply:
    """Revoke a permit in force; everyone who verifies it sees that from now on."""
    return reply(office, revoke.revoke(office, who, permit_id, body.reason))


@router.get(
    "/{permit_id}/versions/{version}",
    response_class=Response,
    responses={**staff(404), **file("application/pdf", "The signed PDF.")},
)
def download(
    office: OfficeDep, who: Reader, permit_id: UUID, version: Annotated[int, Path(ge=1, le=32_000)]
) -> Response:
    """Download a version of the signed PDF: 1 is as it was signed, later ones are preserved forms of it."""
    name, content = find.version_bytes(office, who, permit_id, version)
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name)
    return Response(
        content,
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{safe}"'},
    )


def reply(office: Office, permit: Permit) -> PermitReply:
    """Return a permit as JSON tells it, its status as of the office's today."""
    same = {name: getattr(permit, name) for name in _SAME}
    return PermitReply(
        type=permit.type_code, status=status_on(permit, office.today()), facts=dict(permit.facts), **same
    )
