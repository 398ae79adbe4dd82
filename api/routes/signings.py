"""Signing: what waits, a person's order to sign, and how far it is."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.auth import OfficeDep, Reader
from api.openapi import public, staff
from api.replies import BatchItemReply, BatchReply, QueueReply, SigningStarted, WaitingReply
from api.schemas import SignRequest
from office import accounts, approve, sign

router = APIRouter(tags=["signings"])


@router.get("/queue", responses=staff())
def queue(office: OfficeDep, who: Reader) -> QueueReply:
    """List what waits for the caller's signature, each with the digest that an order to sign must name."""
    waiting = [
        WaitingReply(
            permit_id=item.permit.id,
            digest=item.digest,
            type=item.permit.type_code,
            title=item.title,
            applicant=item.applicant,
        )
        for item in approve.queue(office, who)
    ]
    return QueueReply(waiting=waiting)


@router.post("/signings", status_code=202, responses=public(401, 403, 404, 409))
def start(office: OfficeDep, request: Request, response: Response, body: SignRequest) -> SigningStarted:
    """Sign permits, as the person whose user name and passphrase the body carries.

    Neither an API key nor a session signs: they are not looked at. Each permit is signed only if what was
    approved, told by its digest, is still what stands there; one that fails does not stop the rest.
    """
    address = request.client.host if request.client else None
    person = accounts.authenticate(office, body.username, body.passphrase, address)
    batch_id = sign.start(
        office, person, body.passphrase, [(item.permit_id, item.digest) for item in body.items]
    )
    response.headers["Location"] = f"/api/v1/signings/{batch_id}"
    return SigningStarted(id=batch_id)


@router.get("/signings/{batch_id}", responses=staff(404))
def progress(office: OfficeDep, who: Reader, batch_id: UUID) -> BatchReply:
    """Tell how far a signing is, permit by permit."""
    batch = sign.progress(office, who, batch_id)
    items = [BatchItemReply.model_validate(item) for item in batch.items]
    return BatchReply(id=batch.id, created_at=batch.created_at, finished_at=batch.finished_at, items=items)
