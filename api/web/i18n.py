"""The language of a page: Indonesian is the source, other languages are catalogues; a cookie remembers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.support import NullTranslations, Translations
from starlette.requests import Request

SOURCE = "id"
LANGUAGES = {"id": "Bahasa Indonesia", "en": "English"}
COOKIE = "bahasa"
COOKIE_AGE_S = 365 * 24 * 3600
LOCALE = Path(__file__).parent / "locale"

Translate = Callable[[str], str]


def N_(text: str) -> str:  # noqa: N802 (the name that message extraction looks for)
    """Mark a message for the catalogues; it is translated where it is shown."""
    return text


def language_of(request: Request) -> str:
    """Return the language that the visitor chose, Indonesian if none."""
    chosen = request.cookies.get(COOKIE, SOURCE)
    return chosen if chosen in LANGUAGES else SOURCE


@cache
def translations(language: str) -> NullTranslations:
    """Return the messages of ``language``; the source language needs none."""
    if language == SOURCE:
        return NullTranslations()
    return Translations.load(LOCALE, [language])
