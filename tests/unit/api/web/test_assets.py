"""Assets are served compressed where the browser takes it, and for ever only under their own version."""

import asyncio
import gzip

import httpx
import pytest
from fastapi import FastAPI

from api.web.assets import NotBuilt, asset_routes, load_assets

STYLE = b"body{color:#12211c}" * 50


@pytest.fixture
def built(tmp_path):
    (tmp_path / "app.css").write_bytes(STYLE)
    (tmp_path / "app.css.gz").write_bytes(gzip.compress(STYLE, mtime=0))
    (tmp_path / "lambang.svg").write_bytes(b"<svg/>")
    (tmp_path / "built.sha256").write_text("x")
    return tmp_path


def get(assets, path, encoding="gzip"):
    app = FastAPI()
    app.include_router(asset_routes(assets))

    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://office") as web:
            return await web.get(path, headers={"Accept-Encoding": encoding})

    return asyncio.run(ask())


def test_compressed_for_who_takes_it(built):
    assets = load_assets(built)
    small = get(assets, "/static/app.css")
    plain = get(assets, "/static/app.css", "identity")
    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert small.content == plain.content == STYLE
    assert small.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


def test_kept_for_ever_only_under_its_version(built):
    assets = load_assets(built)
    known = get(assets, f"/static/app.css?v={assets['app.css'].version}")
    assert "immutable" in known.headers["cache-control"]
    assert "immutable" not in get(assets, "/static/app.css?v=old").headers["cache-control"]


@pytest.mark.parametrize("name", ["built.sha256", "..%2fapp.scss", "nothing.css"])
def test_nothing_else_is_served(built, name):
    assert get(load_assets(built), f"/static/{name}").status_code == 404


def test_the_offices_own_crest_stands_for_the_placeholder(built, tmp_path):
    crest = tmp_path / "crest.png"
    crest.write_bytes(b"\x89PNG")
    assert load_assets(built)["lambang"].content == b"<svg/>"
    assert load_assets(built, crest)["lambang"].content == b"\x89PNG"


def test_an_unbuilt_front_end_says_what_to_do(tmp_path):
    with pytest.raises(NotBuilt, match=r"python -m api\.web\.build"):
        load_assets(tmp_path)
