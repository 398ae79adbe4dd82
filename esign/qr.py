"""The QR of a permit (ISO/IEC 18004): the address of its verification page, its seal after the ``#``.

The address is in upper case, so that all of it but the ``#`` is in QR's alphanumeric mode: 5.5 bits a
character where byte mode takes 8. Scheme and host ignore case (RFC 3986, section 6.2.2.1) and the site
answers on ``/V/`` as on ``/v/``. A fragment is never sent to a server (RFC 3986, section 3.5).
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import qrcode
from qrcode.constants import ERROR_CORRECT_M

from esign.seal import to_base32
from esign.seal_key import SealRefused

QUIET_ZONE = 4
"""Modules left white on each side (ISO/IEC 18004, section 9.1)."""

# The standard's encoder weighs eight masks, which takes four fifths of the time; its decoder reads any. The
# weighing is against patterns that a text may make; a signature has none.
_MASK = 3
_RUN = re.compile("1+")


def verification_url(base_url: str, token: str, seal: bytes) -> str:
    """Return ``HTTPS://HOST/V/TOKEN#SEAL``; only a path of the base URL keeps its case.

    Args:
        base_url: where the office's site is, such as ``https://izin.example.go.id``.
        token: the permit's token, as `esign.seal.new_token` made it.
        seal: the seal's bytes; they go into the fragment in base32.
    """
    parts = urlsplit(base_url)
    site = f"{parts.scheme}://{parts.netloc}".upper()
    return f"{site}{parts.path.rstrip('/')}/V/{token}#{to_base32(seal)}"


def qr_version(url: str) -> int:
    """Return the size of the QR of an address: version 1 to 40, which is 17 + 4 x version modules a side.

    Raises:
        SealRefused: no QR holds so long an address (code ``seal-too-long``).
    """
    return int(_code(url).version)


def qr_svg(url: str) -> bytes:
    """Draw the QR of an address as SVG, one unit a module: level M, quiet zone. Same text, same bytes.

    Raises:
        SealRefused: no QR holds so long an address (code ``seal-too-long``).
    """
    code = _code(url)
    code.make(fit=False)
    side = len(code.modules) + 2 * QUIET_ZONE
    # One filled path of whole runs: its parts share their edges, so no renderer draws seams between them.
    path = "".join(
        f"M{run.start() + QUIET_ZONE} {y}h{len(run[0])}v1H{run.start() + QUIET_ZONE}z"
        for y, row in enumerate(code.modules, QUIET_ZONE)
        for run in _RUN.finditer("".join("1" if dark else "0" for dark in row))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side}" height="{side}">'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    ).encode("ascii")


def _code(url: str) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=_MASK)
    code.add_data(url)
    try:
        code.best_fit()
    except ValueError as why:  # the library's own bounds check speaks before its overflow error does
        raise SealRefused("seal-too-long", f"No QR holds an address of {len(url)} characters.") from why
    return code
