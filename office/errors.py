"""Errors of the room: what people are told when a step cannot be taken. Messages are Indonesian.

OfficeError
├── NotAllowed      this role may not do that
├── LoginRefused    user name or passphrase is wrong (never says which)
│   └── LockedOut   too many wrong tries; carries until when
├── NotFound        no such permit, version or batch (or none that this person may see)
├── Conflict        someone else changed it, or its state does not allow the step
├── BadReason       a reason is missing or too long
├── NotGenuine      our own verification refused a file that we had just signed; nothing was stored
└── Unavailable     a part of the house does not answer; try again later
"""

from __future__ import annotations

from datetime import datetime


class OfficeError(Exception):
    """Base of the room's errors."""


class NotAllowed(OfficeError):
    """This role may not do that."""

    def __init__(self, message: str = "Peran Anda tidak memiliki wewenang untuk langkah ini.") -> None:
        super().__init__(message)


class LoginRefused(OfficeError):
    """User name or passphrase is wrong."""

    def __init__(self, message: str = "Nama pengguna atau kata sandi salah. Periksa lalu coba lagi.") -> None:
        super().__init__(message)


class LockedOut(LoginRefused):
    """Too many wrong tries."""

    def __init__(self, until: datetime) -> None:
        super().__init__(
            "Terlalu banyak percobaan yang salah. Akun ini dikunci sementara demi keamanan; "
            "coba lagi beberapa menit lagi atau hubungi admin."
        )
        self.until = until


class NotFound(OfficeError):
    """No such thing, or none that this person may see."""

    def __init__(self, what: str = "Izin tidak ditemukan.") -> None:
        super().__init__(what)


class Conflict(OfficeError):
    """Someone else changed it, or its state does not allow the step."""


class BadReason(OfficeError):
    """A reason is missing or too long."""

    def __init__(self, message: str = "Tuliskan alasan, 5 sampai 500 huruf.") -> None:
        super().__init__(message)


class NotGenuine(OfficeError):
    """Our own verification refused a file that we had just signed."""


class Unavailable(OfficeError):
    """A part of the house does not answer."""

    def __init__(
        self,
        message: str = "Layanan sedang tidak dapat dihubungi. Tidak ada yang hilang; coba lagi nanti.",
    ) -> None:
        super().__init__(message)
