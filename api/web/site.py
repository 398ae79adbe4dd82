"""What every page needs: the office, the templates in each language, and how a page is put together."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import jinja2
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.web import format as fmt
from api.web.assets import Asset
from api.web.i18n import LANGUAGES, Translate, language_of, translations
from esign.seal import group_token
from office.accounts import Right, Session, may
from office.context import Office

TEMPLATES = Path(__file__).parent / "templates"
# GOV.UK's components that our pages use: folder -> macro.
_COMPONENTS = {
    "button": "govukButton",
    "error-summary": "govukErrorSummary",
    "input": "govukInput",
    "password-input": "govukPasswordInput",
    "phase-banner": "govukPhaseBanner",
    "radios": "govukRadios",
    "select": "govukSelect",
    "skip-link": "govukSkipLink",
    "textarea": "govukTextarea",
}


@dataclass(frozen=True)
class Site:
    """The wired pages.

    ``key`` signs the form cookie of visitors without a session; ``upload_limit`` is in bytes.
    """

    office: Office
    environments: Mapping[str, jinja2.Environment]
    assets: Mapping[str, Asset]
    key: bytes
    upload_limit: int

    @property
    def secure(self) -> bool:
        """Whether the office is reached by https, so that cookies may insist on it."""
        return bool(self.office.profile.base_url.lower().startswith("https://"))

    def static(self, name: str) -> str:
        """Return the address of an asset, with its version."""
        return f"/static/{name}?v={self.assets[name].version}"

    def page(
        self,
        request: Request,
        template: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> HTMLResponse:
        """Render a page (or a fragment of one) in the visitor's language."""
        language = language_of(request)
        session: Session | None = getattr(request.state, "session", None)
        form_token = context.pop("csrf", "")
        text = (
            self.environments[language]
            .get_template(template)
            .render(
                request=request,
                path=request.url.path,
                session=session,
                account=session.account if session else None,
                csrf=session.csrf if session else form_token,
                profile=self.office.profile,
                static=self.static,
                **context,
            )
        )
        return HTMLResponse(text, status, {"Cache-Control": "no-store", **(headers or {})})

    def translate(self, request: Request) -> Translate:
        """Return the message function of the visitor's language."""
        return cast("Translate", translations(language_of(request)).gettext)


def site_of(request: Request) -> Site:
    """Return the site that this application serves."""
    return cast("Site", request.app.state.site)


def build_environments(office: Office) -> Mapping[str, jinja2.Environment]:
    """Return one template environment a language, with GOV.UK's components and our own words."""
    return {language: _environment(language, office) for language in LANGUAGES}


def _environment(language: str, office: Office) -> jinja2.Environment:
    env = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.FileSystemLoader(TEMPLATES),
                jinja2.PrefixLoader({"govuk_frontend_jinja": jinja2.PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    cast("Any", env).install_gettext_translations(translations(language), newstyle=True)
    env.globals.update(lang=language, languages=LANGUAGES, Right=Right, may=may)
    for component, macro in _COMPONENTS.items():
        module = env.get_template(f"govuk_frontend_jinja/components/{component}/macro.html").module
        env.globals[macro] = getattr(module, macro)
    env.filters.update(
        day=partial(fmt.day, language=language),
        short_day=partial(fmt.short_day, language=language),
        moment=partial(fmt.moment, zone=office.profile.timezone, language=language),
        number=partial(fmt.number, language=language),
        size=partial(fmt.size, language=language),
        as_printed=group_token,
        marked=marked,
        slashes=slashes,
    )
    return env


def slashes(number: str) -> Markup:
    """Let a permit's number break behind its slashes, where the screen is too narrow for it."""
    return Markup("/<wbr>").join(number.split("/"))


def marked(text: str) -> Markup:
    """Turn an index's marks (U+0002, U+0003) into ``<mark>``; all else is escaped."""
    safe = html.escape(text)
    return Markup(safe.replace("\x02", "<mark>").replace("\x03", "</mark>"))  # noqa: S704 (escaped above)
