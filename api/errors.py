"""Errors of the room: what the way in refuses before the office hears of it. Messages are Indonesian.

ApiError
├── NotAuthenticated   no key and no session, or one that does not hold
├── ScopeMissing       the API key was not given this right
├── ForeignRequest     a session's request without its own CSRF token
├── Unknown            nothing of ours stands behind this address or token
├── BadUpload          the multipart body is not one PDF in the field ``file``
├── TooLarge           the body is over the limit; carries the limit
├── TooMany            too many requests from one address or key; carries when to come again
└── Busy               as much work as we dare is under way; carries when to come again
"""

from __future__ import annotations


class ApiError(Exception):
    """Base of the room's errors."""


class NotAuthenticated(ApiError):
    """No key and no session, or one that does not hold."""


class ScopeMissing(ApiError):
    """The API key was not given this right."""

    def __init__(self, scope: str) -> None:
        super().__init__(
            f"Kunci API ini tidak memiliki cakupan '{scope}'. Minta admin membuatkan kunci lain."
        )
        self.scope = scope


class ForeignRequest(ApiError):
    """A session's request without its own CSRF token."""


class Unknown(ApiError):
    """Nothing of ours stands behind this address or token."""


class BadUpload(ApiError):
    """The multipart body is not one PDF in the field ``file``."""


class TooLarge(ApiError):
    """The body is over the limit.

    Args:
        limit: the limit in bytes.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Kiriman lebih besar dari {limit // (1024 * 1024)} MiB. Kirim berkas yang lebih kecil."
        )
        self.limit = limit


class TooMany(ApiError):
    """Too many requests from one address or key.

    Args:
        retry_after: seconds until the next one may succeed.
    """

    def __init__(self, retry_after: float) -> None:
        super().__init__("too many requests")
        self.retry_after = retry_after


class Busy(ApiError):
    """As much work as we dare is under way."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("busy")
        self.retry_after = retry_after
