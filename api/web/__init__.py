"""The pages: server-rendered, in Indonesian and English, whole without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.settings import Settings
    from office.context import Office


def mount_pages(app: FastAPI, office: Office, settings: Settings) -> None:
    """Add the static files and every page to ``app``.

    Raises:
        NotBuilt: the front end was not built.
    """
    # Late, because `python -m api.web.build` passes through this package before anything else is there.
    from api.web import desk, drafts, finding, login, people, public, register, signing, upload
    from api.web.assets import asset_routes, load_assets
    from api.web.site import Site, build_environments

    assets = load_assets(crest=office.profile.crest)
    app.state.site = Site(
        office, build_environments(office), assets, settings.form_key(), settings.upload_limit
    )
    app.include_router(asset_routes(assets))
    for room in (public, upload, login, desk, drafts, signing, finding, register, people):
        app.include_router(room.router)
