"""What commands print: JSON lines or plain words on stdout, reasons on stderr; and how they end."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from api.settings import Settings
    from office.accounts import Account
    from office.context import Office

AsJson = Annotated[bool, typer.Option("--json", help="Satu objek JSON per baris di stdout.")]
DataFolder = Annotated[
    Path | None, typer.Option("--data", envvar="SAHIH_DATA", help="Folder data (bawaan: ./data).")
]
AsUser = Annotated[
    str, typer.Option("--as", help="Nama pengguna; kata sandi diminta atau dari SAHIH_PASSPHRASE.")
]


def emit(row: Mapping[str, Any], as_json: bool, plain: str) -> None:
    """Print one result: the object as a JSON line, or its plain words."""
    print(json.dumps(row, ensure_ascii=False, default=str) if as_json else plain, flush=True)


def complain(message: str) -> None:
    """Say a reason on stderr."""
    print(message, file=sys.stderr, flush=True)


def stop(message: str, status: int = 1) -> NoReturn:
    """Say a reason on stderr and end."""
    complain(message)
    raise typer.Exit(status)


@contextmanager
def explained() -> Iterator[None]:
    """Turn every known error into its words and exit status 1, never a traceback; 2: `up` is up already."""
    from api.embedded.errors import AlreadyRunning, StackError
    from api.settings import SettingsError
    from archive.errors import ArchiveError
    from certs.errors import CertsError
    from esign.errors import EsignError
    from office.errors import OfficeError
    from permits.errors import PermitError
    from search.errors import SearchError

    try:
        yield
    except (OfficeError, PermitError, SettingsError) as error:
        complain(str(error))
        sys.exit(1)
    except StackError as error:
        complain(str(error))
        sys.exit(2 if isinstance(error, AlreadyRunning) else 1)
    except (ArchiveError, CertsError, EsignError, SearchError, OSError) as error:
        complain(f"Tidak dapat diselesaikan; tidak ada yang hilang. Sebabnya: {error}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


@contextmanager
def opened(data: Path | None) -> Iterator[tuple[Settings, Office]]:
    """Open the office of a data folder for one command."""
    from api.bootstrap import close_office, open_office
    from api.settings import load_settings

    settings = load_settings(data)
    office = open_office(settings)
    try:
        yield settings, office
    finally:
        close_office(office)


def passphrase_of(username: str) -> str:
    """Return the passphrase from SAHIH_PASSPHRASE, or ask for it without showing it."""
    given = os.environ.get("SAHIH_PASSPHRASE")
    if given is not None:
        return given
    return str(typer.prompt(f"Kata sandi {username}", hide_input=True, err=True))


def person(office: Office, username: str) -> tuple[Account, str]:
    """Return the account that the command acts as, its passphrase checked.

    Raises:
        LoginRefused: wrong name or passphrase.
    """
    from office.accounts import authenticate

    passphrase = passphrase_of(username)
    return authenticate(office, username, passphrase, None), passphrase


def clerk() -> Account:
    """Return the account of whoever may read the data folder: reads all, changes nothing."""
    from uuid import UUID

    from office.accounts import Account, Role

    return Account(UUID(int=0), "cli", "cli", Role.AUDITOR)
