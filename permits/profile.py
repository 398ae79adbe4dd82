"""The office itself: one TOML file with its names, people, footers, numbers and retention classes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from permits.tomlfile import Section, read_toml

OFFICE = Path(__file__).parent / "office.toml"
PAGES = ("a4", "f4")
TYPEFACES = ("sans", "serif")
CAPACITIES = ("", "Plt.", "Plh.", "a.n.")
DISPOSITIONS = ("musnah", "permanen", "dinilai kembali")
TRIAL = "trial"
_BASE_URL = r"https?://[a-z0-9.-]+(:[0-9]{1,5})?"


@dataclass(frozen=True)
class Signatory:
    """Who may sign, from ``since`` to ``until`` (inclusive; None: open).

    ``capacity`` is empty, ``Plt.``, ``Plh.`` or ``a.n.``; ``decree`` is what gives it. With ``a.n.`` the
    block names ``principal`` (on whose behalf) above the signer's own title.
    """

    username: str
    name: str
    title: str
    rank: str
    nip: str
    capacity: str = ""
    decree: str = ""
    since: date | None = None
    until: date | None = None
    principal: str = ""


@dataclass(frozen=True)
class RetentionClass:
    """How long records of a class are kept: years after their rights ended, then ``disposition``.

    ``lock_days``: for how many days the object store refuses to delete a stored version.
    """

    code: str
    title: str
    active_years: int
    inactive_years: int
    disposition: str
    lock_days: int


@dataclass(frozen=True)
class OfficeProfile:
    """The office as its papers and pages show it.

    ``issuer`` names who issued the signing certificates; it picks the footer. ``trial``: everything that is
    signed is of no legal force and says so; only then ``base_url`` may be empty. ``legal`` is the law's
    sentence above the footer.
    """

    code: str
    government: str
    name: str
    short_name: str
    city: str
    address_lines: tuple[str, ...]
    phone: str
    website: str
    email: str
    crest: Path | None
    base_url: str
    timezone: ZoneInfo
    signatories: tuple[Signatory, ...]
    issuer: str
    footer: Mapping[str, str]
    legal: str
    page: str
    typeface: str
    number_segments: Mapping[str, str]
    starting_numbers: Mapping[tuple[str, int], int]
    retention: Mapping[str, RetentionClass]
    trial: bool


def load_profile(path: Path = OFFICE) -> OfficeProfile:
    """Read the office's file.

    Raises:
        ConfigError: it is wrong; names file and line.
    """
    top = read_toml(path)
    office, letter, numbers = top.section("office"), top.section("letter"), top.section("numbers")
    footer = _texts(top.section("footer"))
    issuer = office.text("issuer")
    profile = OfficeProfile(
        code=office.pattern("code", r"[A-Z0-9][A-Z0-9-]{1,19}"),
        government=office.text("government", most=80),
        name=office.text("name", most=120),
        short_name=office.text("short_name", most=60),
        city=office.text("city", most=60),
        address_lines=office.texts("address_lines", least=1, most=3),
        phone=office.text("phone", ""),
        website=office.text("website", ""),
        email=office.text("email", ""),
        crest=_crest(office),
        base_url=office.pattern("base_url", _BASE_URL, ""),
        timezone=_timezone(office),
        signatories=tuple(_signatory(s) for s in top.sections("signatory", least=1)),
        issuer=issuer,
        footer=footer,
        legal=letter.text("legal"),
        page=letter.one_of("page", PAGES),
        typeface=letter.one_of("typeface", TYPEFACES),
        number_segments=_texts(numbers.section("segments")),
        starting_numbers=_starts(numbers),
        retention={s: _retention(top, s) for s in top.section("retention")},
        trial=office.flag("trial", False),
    )
    _check(top, office, profile)
    for section in (top, office, letter, numbers):
        section.close()
    return profile


def _check(top: Section, office: Section, profile: OfficeProfile) -> None:
    """Refuse what would print an untruth."""
    footers = top.section("footer")
    if profile.issuer not in profile.footer:
        office.fail("issuer", f"tidak ada kalimat kaki untuk '{profile.issuer}' di [footer].")
    if not profile.base_url and not profile.trial:
        office.fail("base_url", "wajib diisi bila bukan uji coba: alamat yang dicetak di QR.")
    if profile.trial != (profile.issuer == TRIAL):
        office.fail("issuer", f"harus '{TRIAL}' bila trial = true, dan hanya pada saat itu.")
    if re.search(r"bsre|bssn", profile.footer.get(TRIAL, ""), re.IGNORECASE):
        footers.fail(TRIAL, "izin uji coba tidak boleh menyebut BSrE atau BSSN.")


def _texts(section: Section) -> dict[str, str]:
    return {key: section.text(key) for key in section}


def _crest(office: Section) -> Path | None:
    name = office.text("crest", "")
    if not name:
        return None
    path = (office.path.parent / name).resolve()
    if path.suffix not in {".svg", ".png"} or not path.is_file():
        office.fail("crest", "harus berupa berkas .svg atau .png yang ada.")
    return path


def _timezone(office: Section) -> ZoneInfo:
    name = office.text("timezone")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        _unknown_zone(office)


def _unknown_zone(office: Section) -> NoReturn:
    office.fail("timezone", "tidak dikenal; misalnya Asia/Makassar.")


def _signatory(section: Section) -> Signatory:
    made = Signatory(
        username=section.pattern("username", r"[a-z][a-z0-9_.-]{0,63}"),
        name=section.text("name", most=80),
        title=section.text("title", most=160),
        rank=section.text("rank", "", most=60),
        nip=section.pattern("nip", r"[0-9]{18}", ""),
        capacity=section.one_of("capacity", CAPACITIES, ""),
        decree=section.text("decree", ""),
        since=section.day("since"),
        until=section.day("until"),
        principal=section.text("principal", "", most=160),
    )
    if made.capacity and not made.decree:
        section.fail("capacity", "Plt., Plh. dan a.n. memerlukan decree: surat yang memberi wewenang.")
    if (made.capacity == "a.n.") != bool(made.principal):
        section.fail("capacity", "a.n. memerlukan principal: atas nama siapa; dan hanya a.n.")
    if made.since and made.until and made.until < made.since:
        section.fail("until", "mendahului since.")
    section.close()
    return made


def _starts(numbers: Section) -> dict[tuple[str, int], int]:
    """The first number of a series, for an office that changes over in mid-year."""
    found = {}
    for section in numbers.sections("start"):
        key = (section.text("type"), section.integer("year", least=2000, most=2199))
        found[key] = section.integer("serial", least=1, most=9_999_999)
        section.close()
    return found


def _retention(top: Section, code: str) -> RetentionClass:
    section = top.section("retention").section(code)
    made = RetentionClass(
        code=code,
        title=section.text("title"),
        active_years=section.integer("active_years", most=100),
        inactive_years=section.integer("inactive_years", most=100),
        disposition=section.one_of("disposition", DISPOSITIONS),
        lock_days=section.integer("lock_days", least=1, most=36500),
    )
    section.close()
    return made
