"""`sahih verify`: any files, with or without a network, with or without a running office."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.output import AsJson, DataFolder, complain, emit, stop

if TYPE_CHECKING:
    from api.settings import Settings
    from certs.trust import TrustStore
    from esign.verdict import Verdict
    from office.check import Checked

MAX_BYTES = 30 << 20


def add_to(app: typer.Typer) -> None:
    """Add the group's commands."""
    app.command("verify")(verify_files)


def verify_files(
    files: list[Path],
    trust: Annotated[
        list[Path] | None, typer.Option(help="Sertifikat PEM atau DER yang dipercaya; boleh berulang.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Jangan tanyakan registri.")] = False,
    at: Annotated[str | None, typer.Option(help="Nilai menurut waktu ini (RFC 3339).")] = None,
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Periksa berkas PDF. Status keluar: 0 semuanya asli, 1 ada yang tidak, 2 salah pakai."""
    moment = _moment(at)
    store = _trust(data, trust or [])
    genuine = 0
    for checked in _checked(files, store, moment, None if offline else _registry(data)):
        genuine += checked.verdict.outcome.value == "genuine"
        emit(checked.as_json(), as_json, _plain(checked))
    if genuine < len(files):
        raise typer.Exit(1)


def _plain(checked: Checked) -> str:
    permit = f"  {checked.permit.number} ({checked.permit.status.value})" if checked.permit else ""
    codes = f"  [{', '.join(checked.verdict.codes)}]" if checked.verdict.codes else ""
    return f"{checked.file}: {checked.verdict.outcome.value}{permit}{codes}"


def _moment(at: str | None) -> datetime | None:
    if at is None:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        stop(f"--at {at}: bukan waktu RFC 3339, misalnya 2026-11-24T10:00:00+08:00.", 2)
    if moment.tzinfo is None:
        stop(f"--at {at}: zona waktunya belum disebut, misalnya +08:00.", 2)
    return moment


def _registry(data: Path | None) -> Settings | None:
    from api.settings import SettingsError, load_settings

    try:
        return load_settings(data)
    except SettingsError:
        return None


def _trust(data: Path | None, given: list[Path]) -> TrustStore:
    from api.bootstrap import trust_of_folder
    from certs.trust import TrustStore

    store = trust_of_folder(data) or TrustStore()
    return replace(store, anchors=(*store.anchors, *(_certificate(path) for path in given)))


def _certificate(path: Path) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        raw = path.read_bytes()
        load = x509.load_pem_x509_certificate if b"-----BEGIN" in raw else x509.load_der_x509_certificate
        return load(raw).public_bytes(Encoding.DER)
    except (OSError, ValueError) as error:
        stop(f"--trust {path}: bukan sertifikat PEM atau DER yang dapat dibaca ({type(error).__name__}).", 2)


def _checked(
    files: list[Path], store: TrustStore, moment: datetime | None, settings: Settings | None
) -> list[Checked]:
    from esign.sandbox import Sandbox

    with Sandbox(workers=min(2, len(files))) as sandbox, ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda path: _one(sandbox, path, store, moment), files))
    consulted = _consult(settings, found) if settings else None
    if settings and consulted is None:
        complain("Registri tidak dapat dihubungi; jawaban ini tanpa status izin.")
    return consulted or [_alone(path, verdict) for path, verdict in found]


def _one(sandbox: object, path: Path, store: TrustStore, moment: datetime | None) -> tuple[Path, Verdict]:
    from esign.sandbox import Sandbox
    from esign.verdict import Outcome, Verdict

    assert isinstance(sandbox, Sandbox)  # noqa: S101 - narrows the type, imported late
    try:
        if path.stat().st_size > MAX_BYTES:
            return path, Verdict(Outcome.UNREADABLE, "", path.stat().st_size, codes=("too-large",))
        return path, sandbox.verify(path.read_bytes(), store, moment)
    except OSError as error:
        complain(f"{path}: {error.strerror or type(error).__name__}")
        return path, Verdict(Outcome.UNREADABLE, "", 0, codes=("file-unreadable",))


def _consult(settings: Settings, found: list[tuple[Path, Verdict]]) -> list[Checked] | None:
    from api.bootstrap import close_office, open_office
    from archive.errors import DatabaseUnavailable
    from office.check import with_registry

    office = open_office(settings)
    try:
        return [with_registry(office, str(path), verdict) for path, verdict in found]
    except DatabaseUnavailable:
        return None
    finally:
        close_office(office)


def _alone(path: Path, verdict: Verdict) -> Checked:
    from office.check import Checked

    codes = tuple(sorted({*verdict.codes, "registry-not-consulted"})) if verdict.claim else verdict.codes
    return Checked(str(path), replace(verdict, codes=codes), None, None)
