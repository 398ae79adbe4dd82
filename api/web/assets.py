"""Style, scripts, fonts and pictures: read once, served from memory, each address tied to its content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

BUILD = Path(__file__).parent / "static" / "build"
FOREVER = "public, max-age=31536000, immutable"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}


class NotBuilt(Exception):
    """The front end was not built; run ``python -m api.web.build``."""


@dataclass(frozen=True)
class Asset:
    """One file: its bytes, the same compressed, its media type, the first digits of its SHA-256."""

    content: bytes
    gzipped: bytes | None
    media_type: str
    version: str


def load_assets(folder: Path = BUILD, crest: Path | None = None) -> Mapping[str, Asset]:
    """Read the built files; ``crest`` stands for our drawn placeholder where the office has its own.

    Raises:
        NotBuilt: there is no build to read.
    """
    if not (folder / "app.css").is_file():
        raise NotBuilt("the front end is not built: run `python -m api.web.build`")
    found = {path.name: _read(path) for path in sorted(folder.iterdir()) if path.suffix in _TYPES}
    found["lambang"] = _read(crest) if crest and crest.suffix in _TYPES else found["lambang.svg"]
    return found


def _read(path: Path) -> Asset:
    content, zipped = path.read_bytes(), path.with_name(path.name + ".gz")
    return Asset(
        content,
        zipped.read_bytes() if zipped.is_file() else None,
        _TYPES[path.suffix],
        hashlib.sha256(content).hexdigest()[:12],
    )


def asset_routes(assets: Mapping[str, Asset]) -> APIRouter:
    """Return the route that serves ``assets`` under ``/static/``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/static/{name}")
    def asset(request: Request, name: str) -> Response:
        wanted = assets.get(name)
        if wanted is None:
            return Response(status_code=404)
        # An address without our version (a font named in the style sheet) may change at an upgrade.
        known = request.query_params.get("v") == wanted.version
        headers = {
            "Cache-Control": FOREVER if known else "public, max-age=86400",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if wanted.gzipped and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(wanted.gzipped, media_type=wanted.media_type, headers=headers)
        return Response(wanted.content, media_type=wanted.media_type, headers=headers)

    return router
