"""Wiring: settings in, the office and its sides out. The only place where adapters are chosen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from api.desk import SocketDesk
from archive.database import Database
from archive.objects import Objects, S3Objects
from certs.timestamp import TimestampClient
from certs.trust import TrustStore, load_trust
from esign.render import Renderer
from esign.sandbox import Sandbox
from esign.seal import SealKey, SealPublicKey
from office.context import Office
from office.errors import Unavailable
from office.indexing import IndexingSide
from office.publish import Store
from office.signing import SigningSide
from permits.catalog import Catalog
from permits.profile import OfficeProfile, load_profile
from search.postgres import PostgresIndex

if TYPE_CHECKING:
    from api.settings import Settings
    from api.worker import Sides


def now() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


def open_office(settings: Settings) -> Office:
    """Wire an office; nothing is connected before it is used."""
    profile, catalog = _profile(settings), Catalog.load(settings.catalog_folders)
    database = open_database(settings)
    return Office(
        profile=profile,
        catalog=catalog,
        database=database,
        objects=open_objects(settings),
        index=PostgresIndex(database.engine),
        renderer=Renderer(profile, catalog),
        sandbox=Sandbox(workers=settings.sandbox_workers),
        trust=trust_of(settings),
        desk=SocketDesk(settings.signer_socket or settings.data / "run" / "signer.sock"),
        seal_keys=_seal_keys(settings),
        clock=now,
    )


def close_office(office: Office) -> None:
    """Let go of what ``open_office`` opened."""
    office.sandbox.close()
    office.objects.close()
    office.database.close()


def open_database(settings: Settings) -> Database:
    """Wire the database."""
    return Database(settings.database_url.get_secret_value())


def open_objects(settings: Settings) -> Objects:
    """Wire the object store."""
    return S3Objects(
        settings.s3_endpoint,
        settings.s3_access_key.get_secret_value(),
        settings.s3_secret_key.get_secret_value(),
        settings.s3_bucket,
        region=settings.s3_region,
    )


def store_of(office: Office) -> Store:
    """Return what publishing needs of an office."""
    return Store(office.database, office.objects, office.catalog, office.profile, office.clock)


def indexing_side(office: Office) -> IndexingSide:
    """Return what indexing needs of an office."""
    return IndexingSide(store_of(office), office.index, office.sandbox)


def open_signing_side(settings: Settings) -> SigningSide:
    """Wire the signing side: the only one with the seal key.

    Raises:
        Unavailable: no time-stamp authority is configured.
    """
    profile, catalog = _profile(settings), Catalog.load(settings.catalog_folders)
    store = Store(open_database(settings), open_objects(settings), catalog, profile, now)
    return SigningSide(
        store=store,
        renderer=Renderer(profile, catalog),
        seal_key=SealKey.load((settings.authority_folder / "seal.pem").read_bytes()),
        stamps=_stamps(settings),
        trust=trust_of(settings),
    )


def open_worker_sides(settings: Settings) -> Sides:
    """Wire the worker: no key among it."""
    from api.worker import Sides

    office = open_office(settings)
    return Sides(
        store=store_of(office),
        indexing=indexing_side(office),
        stamps=_stamps(settings),
        office=office,
        authority_url=settings.authority_url,
        threads=threading.local(),
    )


def trust_of(settings: Settings) -> Callable[[], TrustStore]:
    """Return a reader of the trust store that notices when its file changes."""
    path = settings.authority_folder / "trust.json"
    load = lru_cache(maxsize=2)(lambda _changed: load_trust(path))
    return lambda: load(path.stat().st_mtime_ns)


def trust_of_folder(data: Path | None) -> TrustStore | None:
    """Return the trust store of a data folder, if it has one; asks nothing that runs."""
    from api.settings import load_wishes

    path = load_wishes(data).data / "authority" / "trust.json"
    return load_trust(path) if path.is_file() else None


def _profile(settings: Settings) -> OfficeProfile:
    profile = load_profile(settings.office_profile)
    return replace(profile, base_url=settings.base_url or profile.base_url or settings.web_url)


def _stamps(settings: Settings) -> TimestampClient:
    if settings.tsa_url is None:
        raise Unavailable("Alamat layanan cap waktu (SAHIH_TSA_URL) belum diisi.")
    return TimestampClient(settings.tsa_url)


def _seal_keys(settings: Settings) -> dict[bytes, SealPublicKey]:
    path = settings.authority_folder / "seal.pem"
    if not path.is_file():
        return {}
    public = SealKey.load(path.read_bytes()).public
    return {public.kid: public}
