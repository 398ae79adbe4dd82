"""`sahih revoke`."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.output import AsJson, AsUser, DataFolder, emit, opened, person


def add_to(app: typer.Typer) -> None:
    """Add the group's commands."""
    app.command("revoke")(revoke_permit)


def revoke_permit(
    number: str,
    reason: Annotated[str, typer.Option(help="Alasan pencabutan; tampil kepada publik.")],
    user: AsUser,
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Cabut izin yang berlaku, dengan alasan."""
    from office import find
    from office.revoke import revoke

    with opened(data) as (_, office):
        who, _passphrase = person(office, user)
        permit = revoke(office, who, find.by_number(office, who, number).id, reason)
        row = {
            "number": permit.number,
            "status": "revoked",
            "revoked_at": permit.revoked_at,
            "reason": reason,
        }
        emit(row, as_json, f"{permit.number} dicabut.")
