"""The trial office: made at the first start of an empty data folder, told about at each."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from api.bootstrap import close_office, now, open_office
from certs.authority import create_authority
from office import draft, find, sign
from office.accounts import Account, Role, add_account, find_account
from office.approve import approval_digest
from permits.permit import Permit, State
from permits.profile import OfficeProfile, load_profile

if TYPE_CHECKING:
    from api.settings import Settings
    from office.context import Office

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
DEMO_COPIES = 2


@dataclass(frozen=True)
class _Person:
    username: str
    name: str
    role: Role
    title: str = ""
    nip: str = ""


def first_start(settings: Settings) -> None:
    """Make what an empty office lacks: accounts' passphrases, the trial authority, the accounts.

    Each step is whole or not at all and is passed over when it was done: a crash in the midst does no harm.
    """
    profile = load_profile(settings.office_profile)
    people = _people(profile)
    passphrases = _passphrases(settings.trial_file, people)
    signers = [(p.username, p.name, p.title) for p in people if p.role is Role.KEPALA_DINAS]
    create_authority(
        settings.authority_folder,
        signers,
        {username: passphrases[username] for username, _, _ in signers},
        office_code=profile.code,
        organisation=profile.name,
        base_url_of_services=settings.authority_url or "http://127.0.0.1",
        now=now(),
    )
    office = open_office(settings)
    try:
        office.objects.ensure_bucket()
        for p in people:
            if find_account(office, p.username) is None:
                add_account(
                    office,
                    p.username,
                    passphrases[p.username],
                    name=p.name,
                    role=p.role,
                    title=p.title,
                    nip=p.nip,
                )
    finally:
        close_office(office)


def greeting(settings: Settings, demo: bool) -> list[str]:
    """Return what `sahih up` prints when all is ready; with ``demo`` issue the sample permits first."""
    office = open_office(settings)
    try:
        samples = _samples(office, settings) if demo else []
        lines = [
            "",
            "Sahih siap.",
            f"  Periksa keaslian   {settings.web_url}/",
            f"  Masuk kantor       {settings.web_url}/masuk",
            f"  API                {settings.web_url}/api/v1/openapi.json",
        ]
        lines += list(_accounts(settings.trial_file))
        return lines + list(_sample_lines(office, settings, samples))
    finally:
        close_office(office)


def _people(profile: OfficeProfile) -> list[_Person]:
    heads = {s.username: s for s in profile.signatories}
    return [
        *(_Person(u, s.name, Role.KEPALA_DINAS, s.title, s.nip) for u, s in heads.items()),
        _Person("petugas", "Petugas Pelayanan", Role.PETUGAS, "Petugas loket"),
        _Person("auditor", "Auditor Internal", Role.AUDITOR, "Inspektorat"),
        _Person("admin", "Admin Sistem", Role.ADMIN, "Pengelola sistem"),
    ]


def _passphrases(path: Path, people: list[_Person]) -> dict[str, str]:
    if path.is_file():
        known = json.loads(path.read_text())
        return {a["user"]: a["passphrase"] for a in known["accounts"]}
    accounts = [{"user": p.username, "role": p.role.value, "passphrase": _passphrase()} for p in people]
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump({"accounts": accounts}, out, indent=1)
    fresh.replace(path)
    return {a["user"]: a["passphrase"] for a in accounts}


def _passphrase() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def _accounts(path: Path) -> Iterator[str]:
    if not path.is_file():
        return
    yield f"Akun percobaan ({path}):"
    for account in json.loads(path.read_text())["accounts"]:
        yield f"  {account['role']:<14} {account['user']:<12} {account['passphrase']}"


def _samples(office: Office, settings: Settings) -> list[Permit]:
    accounts = json.loads(settings.trial_file.read_text())["accounts"]
    head = next(a for a in accounts if a["role"] == Role.KEPALA_DINAS.value)
    who = find_account(office, head["user"])
    assert who is not None  # noqa: S101 - first_start made it
    permits = [p for kind in office.catalog for p in _drafts(office, who, kind.code, dict(kind.example))]
    waiting = [p for p in permits if p.state is State.SUBMITTED]
    items = [(p.id, approval_digest(office.catalog, p)) for p in waiting]
    for result in sign.run(office, who, head["passphrase"], items) if items else ():
        if not result.ok:
            raise RuntimeError(f"contoh izin gagal diterbitkan: {result.reason}")
    return [find.permit_file(office, who, p.id).permit for p in permits]


def _drafts(office: Office, who: Account, code: str, example: dict[str, object]) -> list[Permit]:
    lines = [(example, f"contoh-{n}") for n in range(1, DEMO_COPIES + 1)]
    return draft.create_many(office, who, code, lines, submit_too=True)


def _sample_lines(office: Office, settings: Settings, samples: list[Permit]) -> Iterator[str]:
    if not samples:
        return
    folder = settings.data / "contoh"
    folder.mkdir(exist_ok=True)
    who = find_account(office, samples[0].created_by)
    assert who is not None  # noqa: S101 - it drafted the samples
    yield f"Contoh izin ({len(samples)}):"
    for permit in samples:
        name, pdf = find.version_bytes(office, who, permit.id, 1)
        (folder / name).write_bytes(pdf)
        yield f"  {permit.number:<40} {settings.web_url}/v/{permit.token}"
    yield f"PDF yang ditandatangani: {folder / name}"
