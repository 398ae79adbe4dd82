"""One PDF in a multipart body, held in memory only: what the public brings is not ours to keep."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from api.errors import BadUpload, TooLarge
from api.limits import MIB, Limits

FIELD = "file"
_SHAPE = "Kirim satu berkas PDF sebagai multipart/form-data, di isian bernama 'file'."
BODY_SCHEMA: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {
                        FIELD: {
                            "type": "string",
                            "contentMediaType": "application/octet-stream",
                            "description": "The file to be checked, up to 30 MiB.",
                        }
                    },
                },
                "encoding": {FIELD: {"contentType": "application/pdf"}},
            }
        },
    }
}


@dataclass(frozen=True)
class Upload:
    """A file that was brought; ``name`` is made fit for showing."""

    name: str
    content: bytes


class _InMemory(MultiPartParser):
    """Keeps files in memory: the body's own limit bounds them."""

    spool_max_size = 64 * MIB


async def one_file(request: Request) -> Upload:
    """Return the file of a multipart body.

    Raises:
        BadUpload: the body is no multipart, or not exactly one file in the field ``file``.
        TooLarge: the file is over the limit.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise BadUpload(_SHAPE)
    parser = _InMemory(request.headers, _stream(request), max_files=1, max_fields=8, max_part_size=64 * 1024)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise BadUpload(_SHAPE) from error
    try:
        files = form.getlist(FIELD)
        if len(files) != 1 or not isinstance(files[0], UploadFile):
            raise BadUpload(_SHAPE)
        limits: Limits = request.app.state.limits
        content = await files[0].read(limits.upload_body + 1)
        if len(content) > limits.upload_body:
            raise TooLarge(limits.upload_body)
        return Upload(shown_name(files[0].filename), content)
    finally:
        await form.close()


def shown_name(name: str | None) -> str:
    """Return a file's name without folders, control characters and what is over 120 characters."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    clean = "".join(c for c in last if c.isprintable())[:120].strip()
    return clean or "dokumen.pdf"


async def _stream(request: Request) -> AsyncGenerator[bytes, None]:
    async for chunk in request.stream():
        yield chunk
