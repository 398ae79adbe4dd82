"""What every verb of the office works with: one frozen value, wired once in api/bootstrap.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from archive.database import Database
from archive.objects import Objects
from certs.trust import TrustStore
from esign.render import Renderer
from esign.sandbox import Sandbox
from esign.seal import SealPublicKey
from permits.catalog import Catalog
from permits.profile import OfficeProfile
from search.ports import Index

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Signed:
    """What became of one permit at the signing desk; exactly one of ``number`` and ``reason`` tells."""

    permit_id: UUID
    ok: bool
    number: str | None = None
    serial: int | None = None
    token: str | None = None
    sha256: str | None = None
    level: str | None = None
    reason: str | None = None


class SigningDesk(Protocol):
    """The way to the signing side, the only one that reaches keys.

    Promises: a wrong passphrase is refused before anything is signed; the passphrase is neither stored
    nor logged; work that was accepted goes on when the caller goes away; results come in any order.
    """

    def sign(
        self, batch_id: UUID, username: str, passphrase: str, items: Sequence[tuple[UUID, str]]
    ) -> Iterator[Signed]:
        """Sign permits, each only if its approval digest still fits.

        Raises:
            LoginRefused: the passphrase does not open the key of ``username``.
            Unavailable: the signing side does not answer.
        """

    def begin(
        self, batch_id: UUID, username: str, passphrase: str, items: Sequence[tuple[UUID, str]]
    ) -> None:
        """As ``sign``, but return as soon as the work is accepted."""

    def ping(self) -> None:
        """Ask for a sign of life.

        Raises:
            Unavailable: there was none.
        """


@dataclass(frozen=True)
class Office:
    """The office as its verbs see it. ``clock`` gives aware datetimes."""

    profile: OfficeProfile
    catalog: Catalog
    database: Database
    objects: Objects
    index: Index
    renderer: Renderer
    sandbox: Sandbox
    trust: Callable[[], TrustStore]
    desk: SigningDesk
    seal_keys: Mapping[bytes, SealPublicKey]
    clock: Clock

    def today(self) -> date:
        """Return the calendar day in the office's time zone."""
        return self.clock().astimezone(self.profile.timezone).date()
