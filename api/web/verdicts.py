"""A verdict in the words of a kind clerk: one sentence, then one line a question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from api.web.i18n import N_, Translate
from esign.verdict import Coverage, Integrity, Level, Outcome, SignatureReport, SignerTrust, Verdict
from permits.permit import Status

Moment = Callable[[datetime | None], str]
Reasons = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Headline:
    """The verdict at one glance. ``tone`` is good, waits, bad or unknown; ``icon`` one of ui.html's."""

    tone: str
    icon: str
    title: str
    more: str


@dataclass(frozen=True)
class Line:
    """One question answered. ``tone`` is good, waits, bad or none (not known)."""

    tone: str
    title: str
    text: str
    more: str = ""


ICONS = {"good": "check", "waits": "clock", "bad": "cross", "none": "question"}


def headline_of_permit(_: Translate, status: Status) -> Headline:
    """Say what holds for a permit that is ours, by its status of today."""
    if status is Status.IN_FORCE:
        return Headline(
            "good",
            "genuine",
            _("Izin ini ASLI dan MASIH BERLAKU"),
            _("Tercatat di kantor kami dan ditandatangani secara elektronik."),
        )
    if status is Status.EXPIRED:
        return Headline(
            "waits",
            "clock",
            _("Izin ini ASLI, tetapi SUDAH BERAKHIR"),
            _("Masa berlakunya sudah lewat. Minta pemegangnya menunjukkan izin yang baru."),
        )
    if status is Status.REPLACED:
        return Headline(
            "waits",
            "swap",
            _("Izin ini SUDAH DIGANTI"),
            _("Kantor kami sudah menerbitkan penggantinya. Jangan gunakan izin yang ini."),
        )
    return Headline(
        "bad",
        "cross",
        _("Izin ini sudah DICABUT"),
        _("Izin ini pernah terbit, tetapi tidak berlaku lagi. Jangan gunakan sebagai dasar apa pun."),
    )


def headline_of_file(_: Translate, verdict: Verdict, status: Status | None) -> Headline:
    """Say what holds for a file that someone brought; ``status`` is None where it is no permit of ours."""
    if verdict.outcome is Outcome.GENUINE:
        if status is not None:
            return headline_of_permit(_, status)
        return Headline(
            "unknown",
            "question",
            _("Tanda tangannya SAH, tetapi ini BUKAN izin dari kantor ini"),
            _("Dokumen tidak diubah, tetapi tidak tercatat sebagai izin yang kami terbitkan."),
        )
    title, more = _REFUSALS[verdict.outcome]
    tone = "bad" if verdict.outcome is Outcome.ALTERED else "unknown"
    icon = {Outcome.ALTERED: "cross", Outcome.UNTRUSTED: "warn"}.get(verdict.outcome, "question")
    return Headline(tone, icon, _(title), _(more))


_REFUSALS = {
    Outcome.ALTERED: (
        N_("Dokumen ini SUDAH DIUBAH setelah ditandatangani"),
        N_("Isinya tidak dapat dipercaya. Jangan terima dokumen ini; minta berkas aslinya."),
    ),
    Outcome.UNTRUSTED: (
        N_("Penanda tangan dokumen ini TIDAK KAMI KENAL"),
        N_("Ada tanda tangan elektronik, tetapi kami tidak dapat memastikan pemiliknya. Jangan anggap asli."),
    ),
    Outcome.UNSIGNED: (
        N_("Dokumen ini TIDAK BERTANDA TANGAN elektronik"),
        N_(
            "Hasil pindai atau cetak ulang kehilangan tanda tangannya. "
            "Pindai QR pada kertas, atau minta berkas PDF aslinya."
        ),
    ),
    Outcome.UNREADABLE: (
        N_("Berkas ini TIDAK DAPAT DIBACA"),
        N_("Berkas rusak atau bukan PDF. Minta pengirim mengirim ulang berkas PDF aslinya."),
    ),
}

_STATUSES = {
    Status.IN_FORCE: ("good", N_("Masih berlaku")),
    Status.EXPIRED: ("waits", N_("Sudah berakhir")),
    Status.REPLACED: ("waits", N_("Sudah diganti dengan izin lain")),
    Status.REVOKED: ("bad", N_("Sudah dicabut")),
}

_NOT_OURS = ("none", N_("Tidak tercatat sebagai izin dari kantor ini"))

_LEVELS = {
    Level.B_LTA: ("good", N_("Terjamin untuk jangka panjang")),
    Level.B_LT: ("good", N_("Dapat diperiksa tanpa pihak lain")),
    Level.B_T: ("good", N_("Waktunya dibuktikan pihak ketiga")),
    Level.B_B: ("waits", N_("Tanda tangan dasar, waktunya belum dibuktikan")),
    Level.NONE: ("none", N_("Tidak mencapai tingkat baku")),
}


def lines(_: Translate, verdict: Verdict, status: Status | None, moment: Moment) -> list[Line]:
    """Answer integrity, coverage, signer, time, level and the permit's status, each on its own line."""
    answers: list[Line] = []
    many = len(verdict.signatures) > 1
    for place, signature in enumerate(verdict.signatures, 1):
        prefix = f"{_('Tanda tangan')} {place}: " if many else ""
        answers += [
            Line(a.tone, prefix + a.title if prefix else a.title, a.text, a.more)
            for a in _signature(_, signature, moment)
        ]
    if status is not None or verdict.outcome is Outcome.GENUINE:
        tone, text = _STATUSES.get(status, _NOT_OURS) if status else _NOT_OURS
        answers.append(Line(tone, _("Keadaan izin hari ini"), _(text)))
    return answers


def _signature(_: Translate, signature: SignatureReport, moment: Moment) -> Iterable[Line]:
    intact = {
        Integrity.INTACT: Line("good", _("Keutuhan isi"), _("Tidak berubah sejak ditandatangani")),
        Integrity.ALTERED: Line("bad", _("Keutuhan isi"), _("Sudah berubah setelah ditandatangani")),
        Integrity.UNVERIFIABLE: Line("none", _("Keutuhan isi"), _("Tidak dapat dinilai")),
    }
    yield intact[signature.integrity]
    if signature.coverage is Coverage.PARTIAL:
        yield Line("bad", _("Cakupan"), _("Ada isi yang tidak dilindungi tanda tangan"))
    elif signature.integrity is Integrity.INTACT:
        yield Line("good", _("Cakupan"), _("Seluruh isi dokumen dilindungi tanda tangan"))
    yield _signer(_, signature)
    if signature.signed_at is None:
        yield Line("none", _("Waktu"), _("Tidak diketahui"))
    elif signature.time_proven:
        yield Line("good", _("Waktu"), moment(signature.signed_at), _("Dibuktikan dengan stempel waktu"))
    else:
        yield Line(
            "waits", _("Waktu"), moment(signature.signed_at), _("Menurut penanda tangan, belum dibuktikan")
        )
    tone, words = _LEVELS[signature.level]
    name = signature.level.value if signature.level is not Level.NONE else ""
    yield Line(tone, _("Tingkat tanda tangan"), _(words), f"PAdES {name}" if name else "")


def _signer(_: Translate, signature: SignatureReport) -> Line:
    if signature.signer is None and signature.integrity is not Integrity.INTACT:
        # A signature that does not fit the text says nothing about who stands behind the text.
        altered = signature.integrity is Integrity.ALTERED
        more = _("Tanda tangannya tidak cocok dengan isi dokumen") if altered else ""
        return Line("none", _("Penanda tangan"), _("Tidak dapat dipastikan"), more)
    known = signature.trust is SignerTrust.TRUSTED
    return Line(
        "good" if known else "bad",
        _("Penanda tangan"),
        signature.signer or _("Tidak diketahui"),
        _("Sertifikatnya kami kenal") if known else _("Sertifikatnya tidak kami kenal"),
    )


def reasons(table: Reasons, codes: Iterable[str], language: str) -> list[tuple[str, str]]:
    """Return each code with its sentence in ``language``; a code without one stands for itself."""
    return [(code, table.get(code, (code, code))[1 if language == "en" else 0]) for code in codes]
