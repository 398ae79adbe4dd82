"""Is it real? By the token of a QR, or by the file itself. Open to everyone; nothing is kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.answers import FileVerdict, PublicFact, PublicPermit, SignatureReply, TokenVerdict
from api.auth import MetricsDep, OfficeDep
from api.errors import Unknown
from api.openapi import public
from api.uploads import BODY_SCHEMA, Upload, one_file
from esign.verdict import Coverage, Integrity, Level, Outcome, SignerTrust
from office import check
from office.check import PublicAnswer

router = APIRouter(prefix="/verify", tags=["verify"])
Token = Annotated[
    str,
    Path(
        max_length=200,
        description="The 26 characters of the QR's address; groups, lower case and 0/O, 1/I, 8/B do no harm.",
        examples=["7QYK3M5XA2J4N6P7R5T2V3W4X5"],
    ),
]


@router.get("/{token}", responses=public(404))
def by_token(office: OfficeDep, metrics: MetricsDep, token: Token) -> TokenVerdict:
    """Tell what the registry knows of the permit behind a token; personal data is masked.

    This says that the office issued such a permit, not that a given paper or file is it: compare the facts,
    or send the file.
    """
    answer = check.by_token(office, token)
    metrics.verified("token", "genuine" if answer else "unknown")
    if answer is None:
        raise Unknown("Kode ini tidak ada dalam catatan kantor kami.")
    return _reply(answer)


@router.post("", responses=public(), openapi_extra=BODY_SCHEMA)
def by_upload(
    office: OfficeDep, metrics: MetricsDep, upload: Annotated[Upload, Depends(one_file)]
) -> FileVerdict:
    """Judge a file: every signature, and the permit's status where it is one of this office.

    Any bytes get an answer; what is no PDF is `unreadable`.
    """
    checked = check.by_upload(office, upload.content, upload.name)
    metrics.verified("upload", checked.verdict.outcome.value)
    return FileVerdict.model_validate(checked.as_json())


def _reply(answer: PublicAnswer) -> TokenVerdict:
    # What stands in the registry passed our own verification before it was stored.
    signature = SignatureReply(
        integrity=Integrity.INTACT,
        trust=SignerTrust.TRUSTED,
        coverage=Coverage.WHOLE,
        level=Level(answer.level),
        signed_at=answer.signed_at,
        time_proven=Level(answer.level) not in {Level.NONE, Level.B_B},
        signer=answer.signer_name,
    )
    permit = PublicPermit(
        status=answer.status,
        number=answer.number,
        type_title=answer.type_title,
        holder=answer.holder,
        approved_on=answer.approved_on,
        valid_from=answer.valid_from,
        valid_until=answer.valid_until,
        trial=answer.trial,
        revoked_on=answer.revoked_on,
        revocation_reason=answer.revocation_reason,
        replaced_by=answer.replaced_by_number,
        facts=[PublicFact(label=label, text=text) for label, text in answer.public],
    )
    return TokenVerdict(verdict=Outcome.GENUINE, permit=permit, signatures=[signature], sha256=answer.sha256)
