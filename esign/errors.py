"""Errors of the room. A bad PDF is a Verdict, never one of these.

EsignError
├── RenderError     typst could not set the page (a glyph no font has, a template's mistake)
├── SealError       a seal that cannot be made or read
├── SigningError    the key or the PDF would not do
└── SandboxError    the sandbox itself is broken or full (not: the file in it)
    └── SandboxBusy every worker and waiting place is taken; try again later
"""

from __future__ import annotations


class EsignError(Exception):
    """Base of the room's errors."""


class RenderError(EsignError):
    """The page could not be set; the message says which character or template line."""


class SealError(EsignError):
    """A seal that cannot be made or read."""


class SigningError(EsignError):
    """The key or the PDF would not do."""


class SandboxError(EsignError):
    """The sandbox itself is broken, not the file in it."""


class SandboxBusy(SandboxError):
    """Every worker and every waiting place is taken."""
