"""Everything that can be set, read once and frozen: from the environment, else from the running stack.

An office with servers of its own sets ``SAHIH_DATABASE_URL``, ``SAHIH_S3_*`` and so on. On one machine
``sahih up`` writes the addresses and keys of its embedded parts to ``stack.json`` in the data folder, and
every other command finds them there.

What each store is trusted for: the bucket holds every issued permit and is the root of truth; the database
holds drafts, status and accounts; the search index holds nothing of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

import permits

STATE_FILE = "stack.json"
PREFIX = "SAHIH_"
_MIB = 1024 * 1024
_ROLES_ON_A_SMALL_MACHINE = 2


class SettingsError(Exception):
    """A setting is missing or unusable; the message is Indonesian and holds no value."""


class Wishes(BaseSettings):
    """What ``sahih up`` must know before anything runs; the rest it makes itself."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True, env_ignore_empty=True
    )

    data: Path = Path("data")
    """The data folder."""
    host: str = "127.0.0.1"
    """Where the web listens; nothing else ever listens beyond this machine."""
    port: int = Field(8080, ge=0, le=65535)
    """The web's port; 0 is any free one."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    database_url: SecretStr | None = None
    s3_endpoint: str | None = None
    authority_url: str | None = None

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()


class Settings(Wishes):
    """The settings of one running role; values come from overrides, ``SAHIH_*``, then ``stack.json``."""

    database_url: SecretStr
    """``postgresql://user:password@host:port/name``: drafts, approvals, status, accounts, jobs."""
    s3_endpoint: str
    """An S3 with versions, object lock and conditional writes: the root of truth for issued permits."""
    s3_access_key: SecretStr
    s3_secret_key: SecretStr
    s3_bucket: str = "izin"
    s3_region: str = "us-east-1"
    elasticsearch_url: SecretStr | None = None
    """Search at scale; without it PostgreSQL searches. Holds nothing of its own."""
    authority_url: str | None = None
    """The trial authority's services; none where certificates come from elsewhere."""
    tsa_url: str | None = None
    """The time-stamp authority (RFC 3161); without one a permit stays at level B-B."""
    signer_socket: Path | None = None
    """Where the signing role listens; the only one that reaches keys."""
    secret_key: SecretStr = Field(min_length=32)
    """Binds forms to browsers; the same on every machine of an office."""
    base_url: str | None = None
    """What a printed QR begins with, if it is not the office file's."""
    office_file: Path | None = None
    """The office's TOML file; else ``office.toml`` in the data folder."""
    types_folders: Annotated[tuple[Path, ...], NoDecode] = ()
    """Folders of permit types beside those that Sahih brings, separated by colons."""
    trusted_proxies: str = ""
    """Addresses whose X-Forwarded-For is believed, separated by commas."""
    upload_limit: int = Field(30 * _MIB, gt=0)
    """Bytes of the largest file that may be uploaded."""
    worker_concurrency: int = Field(_ROLES_ON_A_SMALL_MACHINE, ge=1)
    sandbox_workers: int = Field(_ROLES_ON_A_SMALL_MACHINE, ge=1)
    signer_processes: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)

    @field_validator("types_folders", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(filter(None, value.split(os.pathsep))) if isinstance(value, str) else value

    @field_validator("s3_endpoint", "authority_url", "tsa_url", "base_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not (
            urlsplit(value).scheme in {"http", "https"} and urlsplit(value).hostname
        ):
            raise ValueError("not an http address")
        return value.rstrip("/") if value else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Look into overrides, then the environment, then the running stack's state file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, _StateFile(settings_cls)

    @property
    def authority_folder(self) -> Path:
        """The trial authority's keys and lists."""
        return self.data / "authority"

    @property
    def trial_file(self) -> Path:
        """The trial accounts with their passphrases; only for its owner's eyes."""
        return self.data / "trial.json"

    @property
    def office_profile(self) -> Path:
        """The office's TOML file."""
        return self.office_file or self.data / "office.toml"

    @property
    def catalog_folders(self) -> tuple[Path, ...]:
        """Every folder of permit types: those that Sahih brings, the data folder's, and the configured."""
        own = self.data / "types"
        shipped = Path(permits.__file__).parent / "types"
        return (shipped, *((own,) if own.is_dir() else ()), *self.types_folders)

    @property
    def web_url(self) -> str:
        """Where this machine reaches the web role."""
        return f"http://{self.host}:{self.port}"

    def database_dsn(self) -> str:
        """Return the database's address as libpq reads it."""
        return self.database_url.get_secret_value()

    def form_key(self) -> bytes:
        """Return the key (32 bytes) that binds forms to browsers."""
        return self.derive("form")

    def derive(self, purpose: str) -> bytes:
        """Return a key (32 bytes) for one purpose, from the secret that all roles share."""
        secret = self.secret_key.get_secret_value().encode()
        return hmac.digest(secret, b"sahih/" + purpose.encode(), hashlib.sha256)


class _StateFile(PydanticBaseSettingsSource):
    """Values of the stack that runs on the data folder, if one does."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """See the base class; the whole file is read at once instead."""
        del field
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        data = Path(self.current_state.get("data") or Wishes.model_fields["data"].default)
        path = data.expanduser() / STATE_FILE
        try:
            state = json.loads(path.read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"{path} tidak dapat dibaca. Data Anda tidak berubah."
                " Hentikan Sahih, lalu jalankan `sahih up` lagi."
            ) from error
        return {name: state[name] for name in self.settings_cls.model_fields if name in state}


def load_settings(data: Path | None = None, **overrides: Any) -> Settings:
    """Read the settings of a role or command.

    Args:
        data: the data folder; None leaves it to ``SAHIH_DATA``, else ``data`` in the working folder.
        **overrides: fields that stand above all other sources; None stands for "not given".

    Raises:
        SettingsError: neither the environment nor a running stack says what is needed, or a value is
            unusable.
    """
    try:
        return Settings(**_given(data, overrides))
    except ValidationError as error:
        raise _told(error) from None


def load_wishes(data: Path | None = None, **overrides: Any) -> Wishes:
    """Read what ``sahih up`` must know; arguments and errors as ``load_settings``."""
    try:
        return Wishes(**_given(data, overrides))
    except ValidationError as error:
        raise _told(error) from None


def _given(data: Path | None, overrides: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {"data": data, **overrides}.items() if value is not None}


def _told(error: ValidationError) -> SettingsError:
    """Say what is wrong by names alone: a wrong value may be a secret."""
    wrong = [f"{PREFIX}{str(e['loc'][0]).upper()}" for e in error.errors() if e["type"] != "missing"]
    if wrong:
        return SettingsError(f"Isi pengaturan {', '.join(wrong)} tidak dapat dipakai. Perbaiki, lalu ulangi.")
    missing = [f"{PREFIX}{str(e['loc'][0]).upper()}" for e in error.errors()]
    return SettingsError(
        "Sahih belum berjalan pada folder data ini: jalankan `sahih up` dulu"
        f" (atau isi {', '.join(missing)} bila memakai server sendiri)."
    )
