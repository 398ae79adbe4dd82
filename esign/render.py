"""Setting a permit as PDF/A-3a and PDF/UA-1 with typst: same sheet, same bytes.

Facts reach the template as JSON and are set as text, never read as markup. One compiler a type is kept warm.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import typst

from esign.errors import RenderError
from esign.qr import qr_svg
from esign.seal import group_token
from permits.catalog import Catalog
from permits.kind import PermitType
from permits.permit import Facts, digest_of_facts
from permits.profile import OfficeProfile, Signatory
from permits.typefile import LETTER
from permits.wording import day_in_words

SCHEMA = "sahih.permit/1"
STANDARDS: list[typst.PDFStandard] = ["a-3a", "ua-1"]
FONTS = Path(__file__).parent.parent / "api" / "web" / "static" / "build" / "fonts"
_MISSING_GLYPH = re.compile(r"[\"“](.{1,8})[\"”]")


@dataclass(frozen=True)
class Sheet:
    """All that a signed page says. ``url`` is what the QR holds; ``seal_kid`` (hex) names the seal's key."""

    permit_id: UUID
    type_code: str
    facts: Facts
    number: str
    token: str
    url: str
    approved_on: date
    valid_from: date
    valid_until: date | None
    signatory: Signatory
    replaces_number: str | None
    trial: bool
    issuer: str
    seal_kid: str


@dataclass(frozen=True)
class Rendered:
    """A page set. ``signature_box``: x1, y1, x2, y2 in points from the page's lower left corner."""

    pdf: bytes
    pages: int
    signature_page: int
    signature_box: tuple[float, float, float, float]


class Renderer:
    """Sets drafts and permits of one office. Thread-safe: one page at a time.

    Args:
        profile: the office.
        catalog: its permit types.
        fonts: the folder with the letter's fonts (TTF).
    """

    def __init__(self, profile: OfficeProfile, catalog: Catalog, fonts: Path = FONTS) -> None:
        self._profile, self._catalog = profile, catalog
        self._root = Path(tempfile.mkdtemp(prefix="sahih-letter-"))
        weakref.finalize(self, shutil.rmtree, self._root, ignore_errors=True)
        shutil.copytree(LETTER, self._root, dirs_exist_ok=True)
        self._crest = _crest(profile, self._root)
        self._fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(fonts)])
        self._compilers: dict[str, typst.Compiler] = {}
        self._lock = threading.Lock()

    def draft(self, type_code: str, facts: Facts, today: date) -> bytes:
        """Return a draft as PDF: watermark, no number, no QR.

        Raises:
            RenderError: a character that no font has, or a defect of the template.
        """
        kind = self._catalog.get(type_code)
        until = kind.validity_for(facts, today)[1]
        data = self._letter(kind, facts, self._profile.signatories[0], (today, until))
        data |= {"mark": "DRAF", "date": "........................"}
        with self._lock:
            return self._set(kind, data, today)

    def permit(self, sheet: Sheet) -> Rendered:
        """Return the page to be signed.

        Raises:
            RenderError: as in ``draft``.
        """
        kind = self._catalog.get(sheet.type_code)
        data = self._letter(kind, sheet.facts, sheet.signatory, (sheet.valid_from, sheet.valid_until))
        data |= {
            "mark": "UJI COBA" if sheet.trial else "",
            "number": sheet.number,
            "date": day_in_words(sheet.approved_on),
            "replaces": sheet.replaces_number or "",
            "token": group_token(sheet.token),
            "qr": qr_svg(sheet.url).decode(),
            "qr_alt": f"Kode QR untuk memeriksa keaslian izin nomor {sheet.number}",
            "footer": self._profile.footer[sheet.issuer],
            "permit_json": permit_json(self._profile, kind, sheet).decode(),
        }
        with self._lock:
            pdf = self._set(kind, data, sheet.approved_on)
            place = json.loads(self._compiler(kind).query("<signature>", field="value", one=True))
        return Rendered(pdf, _page_count(pdf), place["page"] - 1, _box(place))

    def _letter(
        self, kind: PermitType, facts: Facts, signatory: Signatory, validity: tuple[date, date | None]
    ) -> dict[str, Any]:
        profile = self._profile
        contact = [f"Telepon {profile.phone}" if profile.phone else "", profile.website, profile.email]
        return {
            "government": profile.government,
            "office": profile.name,
            "address": list(profile.address_lines),
            "contact": "   ".join(filter(None, contact)),
            "crest": self._crest,
            "crest_alt": f"Lambang {profile.government}",
            "page": kind.page or profile.page,
            "typeface": profile.typeface,
            "type": kind.code,
            "title": kind.title,
            "number": "",
            "replaces": "",
            "legal_basis": list(kind.legal_basis),
            "facts": [
                [label, [text, name == kind.applicant_field]]
                for name, label, text in kind.printed_facts(facts)
            ],
            "validity": _validity(kind, *validity),
            "conditions": list(kind.conditions),
            "copies_to": list(kind.copies_to),
            "city": profile.city,
            "signer": _signer(signatory),
            "token": "",
            "qr": "",
            "qr_alt": "",
            "footer": profile.footer[profile.issuer],
            "legal": profile.legal,
            "check": f"Periksa keaslian dengan memindai QR atau di {profile.base_url}.",
            "permit_json": "",
        }

    def _compiler(self, kind: PermitType) -> typst.Compiler:
        if kind.code not in self._compilers:
            folder = self._root / "types" / kind.code
            shutil.copytree(kind.template.parent, folder, ignore=shutil.ignore_patterns("*.json", "*.toml"))
            self._compilers[kind.code] = typst.Compiler(
                input=str(folder / kind.template.name),
                root=str(self._root),
                font_paths=self._fonts,
                ignore_system_fonts=True,
            )
        return self._compilers[kind.code]

    def _set(self, kind: PermitType, data: Mapping[str, Any], day: date) -> bytes:
        try:
            pdf = self._compiler(kind).compile(
                format="pdf",
                sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
                pdf_standards=STANDARDS,
                timestamp=self._noon(day),
            )
        except typst.TypstError as error:
            raise _told(error, kind) from error
        if not isinstance(pdf, bytes):
            raise RenderError(f"{kind.template}: tidak menghasilkan satu PDF.")
        # Signing appends an update: it must begin on a line of its own (ISO 19005-3, 6.1.9).
        return pdf if pdf.endswith(b"\n") else pdf + b"\n"

    def _noon(self, day: date) -> datetime:
        offset = datetime(day.year, day.month, day.day, 12, tzinfo=self._profile.timezone).utcoffset()
        return datetime(day.year, day.month, day.day, 12, tzinfo=timezone(offset or timedelta(0)))


def permit_json(profile: OfficeProfile, kind: PermitType, sheet: Sheet) -> bytes:
    """Return the attached ``permit.json``: no more than the page shows, and the facts' digest."""
    document = {
        "schema": SCHEMA,
        "permit_id": str(sheet.permit_id),
        "office": profile.code,
        "type": kind.code,
        "title": kind.title,
        "number": sheet.number,
        "token": sheet.token,
        "approved_on": sheet.approved_on.isoformat(),
        "valid_from": sheet.valid_from.isoformat(),
        "valid_until": sheet.valid_until.isoformat() if sheet.valid_until else None,
        "facts_sha256": digest_of_facts(kind.code, sheet.facts),
        "public": [list(row) for row in kind.public_facts(sheet.facts)],
        "signer": {"name": sheet.signatory.name, "title": sheet.signatory.title},
        "replaces": sheet.replaces_number,
        "trial": sheet.trial,
        "seal_kid": sheet.seal_kid,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _signer(signatory: Signatory) -> dict[str, str]:
    return {
        "name": signatory.name,
        "title": signatory.title,
        "rank": signatory.rank,
        "nip": signatory.nip,
        "capacity": signatory.capacity,
        "principal": signatory.principal,
        "decree": signatory.decree,
    }


def _validity(kind: PermitType, begin: date, end: date | None) -> str:
    if end is None:
        return kind.validity.note or "Selama kegiatan masih berlangsung."
    text = f"{day_in_words(begin)} sampai dengan {day_in_words(end)}"
    return f"{text}. {kind.validity.note}" if kind.validity.note else text


def _crest(profile: OfficeProfile, root: Path) -> str:
    if profile.crest is None:
        return "/lambang.svg"
    name = f"lambang-kantor{profile.crest.suffix}"
    shutil.copyfile(profile.crest, root / name)
    return f"/{name}"


def _box(place: Mapping[str, Any]) -> tuple[float, float, float, float]:
    left, top = float(place["x"]), float(place["paper"]) - float(place["y"])
    return (left, top - float(place["height"]), left + float(place["width"]), top)


def _page_count(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def _told(error: typst.TypstError, kind: PermitType) -> RenderError:
    glyph = _MISSING_GLYPH.search(error.message) if "font" in error.message else None
    if glyph:
        return RenderError(
            f"Huruf '{glyph[1]}' tidak ada dalam huruf cetak kantor. Tulis dengan huruf Latin, lalu ulangi."
        )
    return RenderError(f"{kind.template}: {error.message}")
