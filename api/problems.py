"""Errors become HTTP here, and only here: one row an error class, told as RFC 9457 problems.

``type`` URIs are ``urn:sahih:problem:<name>`` and never change; titles and details are Indonesian. A row
without a detail lends the error's own sentence, which its class promises is written for people; every
other error's text stays inside.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import api.errors as api_errors
import archive.errors as archive_errors
import certs.errors as certs_errors
import esign.errors as esign_errors
import office.errors as office_errors
import permits.errors as permits_errors
import search.errors as search_errors

MEDIA_TYPE = "application/problem+json"
URN = "urn:sahih:problem:"
# Programs talk to these; every other address answers people, in HTML.
JSON_PATHS = ("/api/", "/.well-known/", "/healthz", "/readyz", "/metrics")
_AGAIN = "Tidak ada yang hilang. Coba lagi sebentar lagi."
_STAFF = "Tidak ada yang tersimpan dari langkah ini. Hubungi admin bila terjadi lagi."


@dataclass(frozen=True)
class Row:
    """How one error class is told. ``detail`` None: the error's own words are for people."""

    status: int
    name: str
    title: str
    detail: str | None = None
    retry_after: int | None = None


INTERNAL = Row(500, "internal", "Terjadi kesalahan di pihak kami", _STAFF)
INVALID = Row(
    422, "invalid-request", "Isian permintaan tidak sesuai", "Perbaiki isian yang disebut, lalu kirim lagi."
)
_DATABASE = Row(503, "database-unavailable", "Penyimpanan data sedang tidak dapat dihubungi", _AGAIN, 5)
_OBJECTS = Row(503, "objects-unavailable", "Penyimpanan berkas sedang tidak dapat dihubungi", _AGAIN, 5)
_CONFLICT = Row(
    409,
    "conflict",
    "Keadaan izin sudah berubah",
    "Orang lain mengubah izin ini lebih dulu. Muat ulang, lalu ulangi.",
)
_KEY = Row(503, "signing-unavailable", "Kunci tanda tangan tidak dapat dipakai", _STAFF, 30)
_BROKEN_FILE = Row(500, "stored-file-damaged", "Berkas yang tersimpan bermasalah", _STAFF)

TABLE: Mapping[type[Exception], Row] = {
    api_errors.ApiError: INTERNAL,
    api_errors.NotAuthenticated: Row(
        401,
        "not-authenticated",
        "Perlu masuk lebih dulu",
        "Sertakan kunci API yang berlaku, atau masuk lewat laman kantor.",
    ),
    api_errors.ScopeMissing: Row(403, "scope-missing", "Kunci API tidak cukup", None),
    api_errors.ForeignRequest: Row(
        403, "csrf", "Permintaan tidak membawa tanda sesi", "Sertakan kepala X-CSRF-Token milik sesi Anda."
    ),
    api_errors.Unknown: Row(404, "not-found", "Tidak ditemukan", None),
    api_errors.BadUpload: Row(400, "bad-upload", "Unggahan tidak dapat dibaca", None),
    api_errors.TooLarge: Row(413, "too-large", "Kiriman terlalu besar", None),
    api_errors.TooMany: Row(
        429,
        "too-many-requests",
        "Terlalu banyak permintaan",
        "Tunggu sebentar sesuai Retry-After, lalu coba lagi.",
        1,
    ),
    api_errors.Busy: Row(503, "busy", "Layanan sedang sibuk", _AGAIN, 2),
    office_errors.OfficeError: INTERNAL,
    office_errors.NotAllowed: Row(403, "not-allowed", "Anda tidak berwenang", None),
    office_errors.LoginRefused: Row(401, "login-refused", "Nama atau kata sandi salah", None),
    office_errors.LockedOut: Row(429, "locked-out", "Akun dikunci sementara", None, 60),
    office_errors.NotFound: Row(404, "not-found", "Tidak ditemukan", None),
    office_errors.Conflict: Row(409, "conflict", "Keadaan izin sudah berubah", None),
    office_errors.BadReason: Row(422, "bad-reason", "Alasan belum lengkap", None),
    office_errors.NotGenuine: Row(
        500, "not-genuine", "Hasil tanda tangan tidak lolos pemeriksaan kami", _STAFF
    ),
    office_errors.Unavailable: Row(503, "unavailable", "Layanan sedang tidak dapat dihubungi", None, 5),
    permits_errors.PermitError: INTERNAL,
    permits_errors.LifecycleError: Row(409, "lifecycle", "Langkah ini tidak dapat dilakukan", None),
    permits_errors.UnknownType: Row(404, "unknown-type", "Jenis izin tidak dikenal", None),
    permits_errors.InvalidFacts: Row(422, "invalid-facts", "Ada isian yang perlu diperbaiki", None),
    permits_errors.ConfigError: INTERNAL,
    esign_errors.EsignError: INTERNAL,
    esign_errors.RenderError: Row(
        422,
        "cannot-render",
        "Dokumen tidak dapat disusun",
        "Periksa huruf yang tidak lazim pada isian, lalu coba lagi.",
    ),
    esign_errors.SealError: INTERNAL,
    esign_errors.SigningError: _KEY,
    esign_errors.SandboxError: Row(
        503, "sandbox-unavailable", "Pemeriksa berkas sedang tidak dapat dipakai", _AGAIN, 5
    ),
    esign_errors.SandboxBusy: Row(503, "busy", "Layanan sedang sibuk", _AGAIN, 2),
    certs_errors.CertsError: INTERNAL,
    certs_errors.WrongPassphrase: Row(
        401,
        "login-refused",
        "Nama atau kata sandi salah",
        "Nama pengguna atau kata sandi salah. Periksa lalu coba lagi.",
    ),
    certs_errors.KeyUnusable: _KEY,
    certs_errors.AuthorityError: _KEY,
    certs_errors.TimestampUnavailable: Row(
        503, "timestamp-unavailable", "Layanan penanda waktu tidak menjawab", _AGAIN, 10
    ),
    certs_errors.RevocationUnavailable: Row(
        503, "revocation-unavailable", "Layanan status sertifikat tidak menjawab", _AGAIN, 10
    ),
    certs_errors.TrustConfigError: INTERNAL,
    archive_errors.ArchiveError: INTERNAL,
    archive_errors.DatabaseUnavailable: _DATABASE,
    archive_errors.NotStorable: Row(
        422,
        "not-storable",
        "Isian tidak dapat disimpan",
        "Periksa huruf dan bilangan yang tidak lazim, lalu coba lagi.",
    ),
    archive_errors.NoSuchPermit: Row(404, "not-found", "Tidak ditemukan", "Izin tidak ditemukan."),
    archive_errors.StaleRevision: _CONFLICT,
    archive_errors.VersionConflict: _CONFLICT,
    archive_errors.ManifestUnreadable: _BROKEN_FILE,
    archive_errors.ObjectsError: _OBJECTS,
    archive_errors.ObjectsUnavailable: _OBJECTS,
    archive_errors.ObjectMissing: _BROKEN_FILE,
    archive_errors.ObjectConflict: _BROKEN_FILE,
    archive_errors.ObjectDamaged: _BROKEN_FILE,
    search_errors.SearchError: INTERNAL,
    search_errors.IndexUnavailable: Row(
        503, "search-unavailable", "Pencarian sedang tidak dapat dipakai", _AGAIN, 5
    ),
    search_errors.BadQuery: Row(
        422, "bad-page-mark", "Tanda halaman tidak dikenal", "Ulangi pencarian dari halaman pertama."
    ),
    RequestValidationError: INVALID,
}
"""Every error class of every room; a test asserts that none is missing."""

_BY_STATUS: Mapping[int, Row] = {
    400: Row(
        400, "bad-request", "Permintaan tidak dapat dibaca", "Periksa bentuk permintaan, lalu kirim lagi."
    ),
    404: Row(404, "not-found", "Tidak ditemukan", "Periksa kembali alamatnya."),
    405: Row(
        405,
        "method-not-allowed",
        "Cara meminta ini tidak tersedia",
        "Lihat kepala Allow untuk cara yang tersedia.",
    ),
    413: Row(413, "too-large", "Kiriman terlalu besar", "Kirim berkas yang lebih kecil."),
}


def row_for(error: Exception) -> Row:
    """Return how ``error`` is told: by its class, or the nearest base of it; else as our own fault."""
    if isinstance(error, HTTPException):
        return _BY_STATUS.get(error.status_code, INTERNAL if error.status_code >= 500 else _BY_STATUS[400])
    return next((TABLE[kind] for kind in type(error).__mro__ if kind in TABLE), INTERNAL)


def document(error: Exception, request_id: str | None = None) -> dict[str, Any]:
    """Return the problem document of ``error`` (RFC 9457, section 3), internals stripped.

    ``errors`` lists fields and what is wrong with them; ``instance`` names the request where the fault
    is ours, so that a person can quote it and the log can be searched for it.
    """
    row = row_for(error)
    told: dict[str, Any] = {
        "type": URN + row.name,
        "title": row.title,
        "status": row.status,
        "detail": row.detail if row.detail is not None else str(error),
    }
    if isinstance(error, permits_errors.InvalidFacts):
        told["errors"] = [{"field": p.field, "message": p.message} for p in error.problems]
    if isinstance(error, RequestValidationError):
        told["errors"] = [{"field": _field(e["loc"]), "message": _message(e)} for e in error.errors()]
    if row.status >= 500 and request_id:
        told["instance"] = f"urn:sahih:request:{request_id}"
    return told


def headers(error: Exception) -> dict[str, str]:
    """Return the headers that belong to ``error``: Retry-After, Allow, WWW-Authenticate."""
    row = row_for(error)
    found = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if isinstance(error, (api_errors.TooMany, api_errors.Busy)):
        found["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    elif row.retry_after is not None:
        found["Retry-After"] = str(row.retry_after)
    if row.status == 401:
        found["WWW-Authenticate"] = 'Bearer realm="sahih"'
    return found


def wants_json(path: str) -> bool:
    """Say whether ``path`` is one that programs ask."""
    return path == "/api" or path.startswith(JSON_PATHS)


def respond(request: Request, error: Exception) -> Response:
    """Answer ``error``: a problem document to programs, a calm page to people."""
    told = document(error, getattr(request.state, "request_id", None))
    if wants_json(request.url.path):
        return JSONResponse(told, told["status"], headers(error), MEDIA_TYPE)
    from api.web.errors import render_error  # late: answering programs takes no templates

    page = render_error(request, told["status"], told["title"], told["detail"])
    page.headers.update(headers(error))
    return page


_MESSAGES: Mapping[str, str] = {
    "missing": "Wajib diisi.",
    "extra_forbidden": "Isian ini tidak dikenal.",
    "string_too_short": "Terlalu pendek.",
    "string_too_long": "Terlalu panjang.",
    "too_long": "Terlalu banyak.",
    "too_short": "Terlalu sedikit.",
    "string_type": "Harus berupa teks.",
    "int_type": "Harus berupa bilangan bulat.",
    "int_parsing": "Harus berupa bilangan bulat.",
    "dict_type": "Harus berupa objek JSON.",
    "model_attributes_type": "Harus berupa objek JSON.",
    "list_type": "Harus berupa daftar.",
    "uuid_parsing": "Bukan UUID.",
    "date_from_datetime_parsing": "Bukan tanggal (tahun-bulan-hari).",
    "enum": "Bukan salah satu pilihan.",
    "json_invalid": "Bukan JSON yang sah.",
}


def _field(location: tuple[str | int, ...]) -> str:
    """Return where the value stands, without its first part ("body", "query") where more follows."""
    return ".".join(str(part) for part in location[1:] or location)


def _message(error: Mapping[str, Any]) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return _MESSAGES.get(error["type"], "Nilai ini tidak sesuai.")
