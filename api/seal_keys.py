"""The office's seal keys, for programs that check a QR without a network."""

from __future__ import annotations

from fastapi import APIRouter

from api.answers import SealKey, SealKeys
from api.auth import OfficeDep
from api.openapi import public

router = APIRouter(tags=["verify"])


@router.get("/.well-known/sahih-seal-keys.json", responses=public())
def seal_keys(office: OfficeDep) -> SealKeys:
    """List the public keys of the office's seal, past ones too, as a JWK set."""
    return SealKeys(keys=[SealKey.model_validate(key.as_jwk()) for key in office.seal_keys.values()])
