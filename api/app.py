"""The web application: routes, limits, headers and problems around one office."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from api import health, metrics, routes, seal_keys
from api.access import Observe
from api.limits import BodyLimit, Limits, Throttle
from api.openapi import DESCRIPTION, SahihApp, operation_id
from api.problems import TABLE, respond
from api.security import SecurityHeaders
from office.context import Office

if TYPE_CHECKING:
    from api.settings import Settings


API_DOCUMENT = "/api/v1/openapi.json"


def create_app(settings: Settings) -> FastAPI:
    """Open the office and build the application around it; the office is closed when the server stops."""
    from api.bootstrap import close_office, open_office

    office = open_office(settings)
    return _build(
        office, settings, Limits(upload_body=settings.upload_limit), closing=lambda: close_office(office)
    )


def create_app_from(office: Office, settings: Settings, limits: Limits | None = None) -> FastAPI:
    """Build the application around an office that the caller opened and will close."""
    return _build(office, settings, limits or Limits(upload_body=settings.upload_limit), closing=lambda: None)


def _build(office: Office, settings: Settings, limits: Limits, closing: Callable[[], None]) -> FastAPI:
    from api.web import mount_pages

    counters, readiness = metrics.Metrics(office), health.Readiness(health.probes_of(office))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            readiness.close()
            await run_in_threadpool(closing)

    app = SahihApp(
        title="Sahih",
        summary=f"{office.profile.short_name}: permits that anyone can prove genuine.",
        description=DESCRIPTION,
        version=version("sahih"),
        openapi_url=API_DOCUMENT,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        redirect_slashes=False,  # a redirect would repeat the Host header that the visitor sent
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.office, app.state.metrics, app.state.limits = office, counters, limits
    for kind in (*TABLE, HTTPException):
        app.add_exception_handler(kind, respond)
    app.include_router(routes.router())
    app.include_router(seal_keys.router)
    app.include_router(health.routes(readiness))
    app.include_router(metrics.routes(counters))
    mount_pages(app, office, settings)
    # The last one added is the outermost.
    app.add_middleware(BodyLimit, limits=limits, refuse=respond)
    app.add_middleware(Throttle, limits=limits, refuse=respond)
    app.add_middleware(Observe, metrics=counters, refuse=respond)
    app.add_middleware(SecurityHeaders, https=office.profile.base_url.lower().startswith("https://"))
    return app
