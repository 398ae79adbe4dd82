"""`sahih issue`: draft, number, seal, render, sign, store, in one go; one permit or a batch."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from api.cli.output import AsJson, AsUser, DataFolder, complain, emit, opened, person, stop

if TYPE_CHECKING:
    from office.accounts import Account
    from office.context import Office, Signed
    from permits.permit import Permit

AT_ONCE = 100
MAX_LINE = 1 << 20


@dataclass(frozen=True)
class _Line:
    """One permit to issue; ``place`` is the line in a batch, from 1."""

    place: int
    facts: Any
    key: str | None


def add_to(app: typer.Typer) -> None:
    """Add the group's commands."""
    app.command("issue")(issue)


def issue(
    facts: Path,
    type_code: Annotated[str, typer.Option("--type", help="Kode jenis izin.")],
    user: AsUser,
    out: Annotated[Path | None, typer.Option(help="Simpan PDF yang ditandatangani di sini.")] = None,
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Terbitkan izin dari berkas fakta (.json satu izin, .ndjson satu izin per baris)."""
    from office.accounts import Right, require

    batch = facts.suffix == ".ndjson"
    if out is not None and batch:
        stop("--out hanya untuk satu izin, bukan untuk berkas .ndjson.", 2)
    if out is not None and (out.is_dir() or not out.absolute().parent.is_dir()):
        stop(f"--out {out}: tidak ada folder untuk berkas itu. Belum ada yang diterbitkan.", 2)
    with opened(data) as (_, office):
        office.catalog.get(type_code)
        lines = _read(facts, batch)
        who, passphrase = person(office, user)
        require(who, Right.SIGN)  # before anything is drafted: what this person cannot sign is not begun
        run = _Run(office, who, passphrase, type_code, as_json)
        failed = run.batch(lines, quiet=not batch)
        if out is not None and run.last is not None:
            from office.find import version_bytes

            out.write_bytes(version_bytes(office, who, run.last, 1)[1])
    if failed:
        raise typer.Exit(1)


def _read(path: Path, batch: bool) -> list[_Line]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        stop(f"{path}: tidak dapat dibaca sebagai teks UTF-8 ({type(error).__name__}).")
    if not batch:
        return [_line(path, 1, text)]
    rows = [_line(path, n, row) for n, row in enumerate(text.split("\n"), 1) if row.strip()]
    if not rows:
        stop(f"{path}: tidak ada satu baris pun di dalamnya.")
    return list(_once_each(path, rows))


def _once_each(path: Path, rows: list[_Line]) -> Iterator[_Line]:
    """Pass by a line whose ``_key`` an earlier one has, and say so; two that differ are a mistake."""
    seen: dict[str, _Line] = {}
    for row in rows:
        first = seen.setdefault(row.key, row) if row.key is not None else row
        if first is row:
            yield row
        elif first.facts == row.facts:
            complain(f"{path}, baris {row.place}: sama dengan baris {first.place}; izinnya terbit satu kali.")
        else:
            stop(f"{path}, baris {row.place}: _key sama dengan baris {first.place}, tetapi isinya lain.")


def _line(path: Path, place: int, text: str) -> _Line:
    try:
        if len(text) > MAX_LINE:
            raise ValueError("lebih dari 1 MiB")
        facts = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        stop(f"{path}, baris {place}: bukan JSON yang benar ({error}).")
    keyed = isinstance(facts, dict) and "_key" in facts
    key = facts.pop("_key") if keyed else None
    if keyed and not (isinstance(key, str) and 0 < len(key) <= 200):
        stop(f"{path}, baris {place}: _key harus teks 1 sampai 200 huruf.")
    return _Line(place, facts, key)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} bukan angka JSON")


class _Run:
    """One run of the command: drafts in chunks, signs at the desk, prints each result once."""

    def __init__(self, office: Office, who: Account, passphrase: str, type_code: str, as_json: bool) -> None:
        self._office, self._who, self._passphrase = office, who, passphrase
        self._type, self._as_json = type_code, as_json
        self.last: UUID | None = None

    def batch(self, lines: list[_Line], quiet: bool) -> int:
        """Issue all; returns how many failed."""
        from rich.console import Console
        from rich.progress import Progress

        failed = 0
        bar = Progress(console=Console(stderr=True), disable=quiet)
        with bar:
            task = bar.add_task("Menerbitkan", total=len(lines))
            for size, permits, refused in self._drafted_ahead(lines):
                failed += refused
                bar.advance(task, size - len(permits))
                for ok in self._signed(permits):
                    failed += not ok
                    bar.advance(task)
        return failed

    def _drafted_ahead(self, lines: list[_Line]) -> Iterator[tuple[int, list[Permit], int]]:
        """Yield (lines, permits, refused) chunk by chunk; the next is drafted while one is signed."""
        with ThreadPoolExecutor(1) as ahead:
            waiting: deque[tuple[int, Future[tuple[list[Permit], int]]]] = deque()
            for chunk in _chunks(lines):
                waiting.append((len(chunk), ahead.submit(self._drafted, chunk)))
                if len(waiting) > 1:
                    size, drafted = waiting.popleft()
                    yield size, *drafted.result()
            for size, drafted in waiting:
                yield size, *drafted.result()

    def _drafted(self, chunk: list[_Line]) -> tuple[list[Permit], int]:
        from office import draft
        from permits.errors import InvalidFacts

        good: list[tuple[Any, str | None]] = []
        refused = 0
        kind = self._office.catalog.get(self._type)
        for line in chunk:
            try:
                good.append((kind.validate(line.facts), line.key))
            except InvalidFacts as invalid:
                refused += 1
                complain(f"baris {line.place}: {invalid}")
        if not good:
            return [], refused
        made = draft.create_many(self._office, self._who, self._type, good, submit_too=True)
        return made, refused

    def _signed(self, permits: list[Permit]) -> Iterator[bool]:
        from office import sign
        from office.approve import approval_digest
        from permits.permit import State

        waiting = [p for p in permits if p.state is State.SUBMITTED]
        for permit in permits:
            if permit.state is not State.SUBMITTED:
                yield self._known(permit)
        if not waiting:
            return
        items = [(p.id, approval_digest(self._office.catalog, p)) for p in waiting]
        keys = {p.id: p.batch_key for p in waiting}
        for result in sign.run(self._office, self._who, self._passphrase, items):
            yield self._told(result, keys[result.permit_id])

    def _known(self, permit: Permit) -> bool:
        from office.context import Signed
        from office.find import permit_file
        from permits.permit import State

        if permit.state not in {State.SIGNED, State.REVOKED, State.REPLACED}:
            complain(f"_key {permit.batch_key}: izin ini sudah ditarik (batal) dan tidak diterbitkan lagi.")
            return False
        first = permit_file(self._office, self._who, permit.id).versions[0]
        known = Signed(permit.id, True, permit.number, permit.serial, permit.token, first.sha256, first.level)
        return self._told(known, permit.batch_key)

    def _told(self, result: Signed, key: str | None) -> bool:
        if not result.ok:
            complain(f"{key or result.permit_id}: {result.reason}")
            return False
        self.last = result.permit_id
        row = {
            "number": result.number,
            "serial": result.serial,
            "token": result.token,
            "url": f"{self._office.profile.base_url.rstrip('/')}/v/{result.token}",
            "sha256": result.sha256,
            "level": result.level,
            "type": self._type,
        } | ({"_key": key} if key is not None else {})
        emit(row, self._as_json, f"{row['number']}  {row['url']}  {row['level']}")
        return True


def _chunks(lines: list[_Line]) -> Iterator[list[_Line]]:
    rest = iter(lines)
    while chunk := list(islice(rest, AT_ONCE)):
        yield chunk
