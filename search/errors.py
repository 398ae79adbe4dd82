"""Errors of the room.

SearchError
├── IndexUnavailable   the engine cannot be reached or refuses; search can fall back
└── BadQuery           a paging mark that is not ours
"""

from __future__ import annotations


class SearchError(Exception):
    """Base of the room's errors."""


class IndexUnavailable(SearchError):
    """The engine cannot be reached or refuses."""


class BadQuery(SearchError):
    """A paging mark that is not ours."""
