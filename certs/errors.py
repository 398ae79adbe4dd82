"""Errors of the room.

CertsError
├── WrongPassphrase     the passphrase does not open the key
├── KeyUnusable         a key or certificate that cannot sign: broken, expired, wrong usage
├── AuthorityError      the trial authority's folder is damaged or incomplete
├── TimestampUnavailable  the time-stamp authority did not answer with a usable token
├── RevocationUnavailable  no usable CRL or OCSP answer for a certificate
└── TrustConfigError    the trust store's file is wrong
"""

from __future__ import annotations


class CertsError(Exception):
    """Base of the room's errors."""


class WrongPassphrase(CertsError):
    """The passphrase does not open the key."""


class KeyUnusable(CertsError):
    """A key or certificate that cannot sign."""


class AuthorityError(CertsError):
    """The trial authority's folder is damaged or incomplete."""


class TimestampUnavailable(CertsError):
    """The time-stamp authority did not answer with a usable token."""


class RevocationUnavailable(CertsError):
    """No usable CRL or OCSP answer, or no issuer, for a certificate that needs one."""


class TrustConfigError(CertsError):
    """The trust store's file is wrong."""
