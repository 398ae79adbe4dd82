"""Bad input: each is told in plain Indonesian with the right exit status, and takes no number."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest
import sqlalchemy as sa
from harness import TYPES

from api.bootstrap import open_database, open_signing_side
from api.settings import load_settings
from archive import registry, tables
from certs.authority import create_authority
from certs.errors import KeyUnusable
from certs.keys import load_pkcs12
from office.signing import sign_one
from permits.permit import State

EXAMPLE = json.loads((TYPES / "sktu" / "example.json").read_text())
GOOD = json.dumps(EXAMPLE)
MIB = 1 << 20


@pytest.fixture(scope="module")
def database(office_up):
    opened = open_database(load_settings(office_up.data))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def permit(office_up):
    return office_up.issue()


@pytest.fixture
def untouched(database, permit):
    """Assert that no permit was made and no number taken meanwhile."""

    def held():
        with database.read() as conn:
            series = conn.execute(sa.select(tables.number_series).order_by(sa.text("1, 2"))).all()
            return series, conn.execute(sa.select(sa.func.count()).select_from(tables.permit)).scalar_one()

    before = held()
    yield
    assert held() == before


def keyed(key, **changes):
    return json.dumps(EXAMPLE | changes | {"_key": key})


FILES = {
    "empty": ("x.json", b"", "bukan JSON"),
    "cut off": ("x.json", GOOD[:-5].encode(), "bukan JSON"),
    "two objects": ("x.json", (GOOD + GOOD).encode(), "bukan JSON"),
    "not UTF-8": ("x.json", GOOD.encode("utf-16"), "UTF-8"),
    "a picture": ("x.json", b"\x89PNG\r\n\x1a\n", "UTF-8"),
    "NaN": ("x.json", json.dumps(EXAMPLE | {"luas": float("nan")}).encode(), "NaN bukan angka JSON"),
    "more than a number holds": (
        "x.json",
        json.dumps(EXAMPLE | {"luas": "@"}).replace('"@"', "1e999").encode(),
        "luas",
    ),
    "nested without end": ("x.json", b"[" * 100_000, "bukan JSON"),
    "a list": ("x.json", b"[]", "baris 1:"),
    "over 1 MiB": ("x.json", json.dumps(EXAMPLE | {"nama_usaha": "A" * MIB}).encode(), "lebih dari 1 MiB"),
    "a fact missing": ("x.json", b"{}", "Wajib diisi"),
    "no line": ("x.ndjson", b"\n  \n\n", "tidak ada satu baris pun"),
    "a broken line": ("x.ndjson", f"{keyed('a')}\n{{\n".encode(), "baris 2: bukan JSON"),
    "a huge line": ("x.ndjson", f"{keyed('a')}\n{keyed('b', nama_usaha='A' * MIB)}".encode(), "baris 2"),
    "a key that is a number": ("x.ndjson", keyed(7).encode(), "_key harus teks"),
    "a key that is null": ("x.ndjson", keyed(None).encode(), "_key harus teks"),
    "an empty key": ("x.ndjson", keyed("").encode(), "_key harus teks"),
    "a key too long": ("x.ndjson", keyed("k" * 201).encode(), "_key harus teks"),
    "one key, other facts": (
        "x.ndjson",
        f"{keyed('a')}\n{keyed('a', nama_pemohon='Orang Lain')}".encode(),
        "_key sama dengan baris 1, tetapi isinya lain",
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_issued_is_refused_with_its_reason(office_up, tmp_path, untouched, case):
    name, content, reason = FILES[case]
    (tmp_path / name).write_bytes(content)
    done = office_up.cli("issue", "--type", "sktu", tmp_path / name, "--json", user="kepala_dinas")
    assert (done.returncode, done.stdout) == (1, "")
    assert reason in done.stderr


def test_an_order_that_cannot_be_followed_is_refused_before_anything_is_made(office_up, tmp_path, untouched):
    facts, batch = tmp_path / "x.json", tmp_path / "x.ndjson"
    facts.write_text(GOOD)
    batch.write_text(GOOD)
    orders = [
        (1, "Jenis izin 'tidak-ada' tidak dikenal", ("--type", "tidak-ada", facts)),
        (1, "tidak dapat dibaca", ("--type", "sktu", tmp_path / "lain.json")),
        (1, "tidak dapat dibaca", ("--type", "sktu", tmp_path)),
        (2, "--out hanya untuk satu izin", ("--type", "sktu", batch, "--out", tmp_path / "x.pdf")),
        (2, "tidak ada folder", ("--type", "sktu", facts, "--out", tmp_path / "tiada" / "x.pdf")),
    ]
    for status, reason, order in orders:
        done = office_up.cli("issue", *order, "--json", user="kepala_dinas")
        assert (done.returncode, done.stdout) == (status, ""), order
        assert reason in done.stderr


@pytest.mark.parametrize("role", ["petugas", "auditor", "admin"])
def test_who_may_not_sign_issues_nothing_and_drafts_nothing(office_up, tmp_path, untouched, role):
    (tmp_path / "x.json").write_text(GOOD)
    done = office_up.cli("issue", "--type", "sktu", tmp_path / "x.json", user=role)
    assert (done.returncode, done.stdout) == (1, "")
    assert "tidak memiliki wewenang" in done.stderr


@pytest.mark.parametrize("who", ["wrong passphrase", "unknown user"])
def test_a_stranger_is_refused_and_not_told_what_was_wrong(office_up, tmp_path, untouched, who, monkeypatch):
    (tmp_path / "x.json").write_text(GOOD)
    name, passphrase = office_up.accounts["kepala_dinas"]
    given = (name, "bukan ini") if who == "wrong passphrase" else ("tidak-ada", passphrase)
    monkeypatch.setenv("SAHIH_PASSPHRASE", given[1])
    done = office_up.cli("issue", "--type", "sktu", tmp_path / "x.json", "--as", given[0])
    assert (done.returncode, done.stdout) == (1, "")
    assert "Nama pengguna atau kata sandi salah" in done.stderr


def test_a_line_that_stands_twice_in_a_batch_is_issued_once_and_told(office_up, tmp_path, database):
    key = f"dua-{tmp_path.name}"
    (tmp_path / "x.ndjson").write_text(f"{keyed(key)}\n{keyed(key + '-lain')}\n{keyed(key)}\n")
    before = office_up.serials()
    done = office_up.cli("issue", "--type", "sktu", tmp_path / "x.ndjson", "--json", user="kepala_dinas")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(row["_key"] for row in rows) == [key, f"{key}-lain"]
    assert "baris 3: sama dengan baris 1" in done.stderr
    assert len(office_up.serials()) == len(before) + 2


def test_one_bad_line_does_not_stop_the_others(office_up, tmp_path):
    key = f"satu-{tmp_path.name}"
    (tmp_path / "x.ndjson").write_text(f"{keyed(key, nik='1')}\n{keyed(key + '-lain')}\n")
    done = office_up.cli("issue", "--type", "sktu", tmp_path / "x.ndjson", "--json", user="kepala_dinas")
    assert done.returncode == 1
    assert [json.loads(line)["_key"] for line in done.stdout.splitlines()] == [f"{key}-lain"]
    assert "baris 1: nik: " in done.stderr


def test_a_permit_is_revoked_once_and_never_without_a_reason(office_up):
    number = office_up.issue()["number"]
    tries = [
        (2, "--reason", (number,)),
        (1, "alasan", (number, "--reason", "  ")),
        (1, "alasan", (number, "--reason", "x" * 501)),
        (1, "tidak ditemukan", ("503/9999/TIADA/2026", "--reason", "data tidak benar")),
        (0, "", (number, "--reason", "data tidak benar")),
        (1, "Izin ini sudah dicabut", (number, "--reason", "data tidak benar")),
    ]
    for status, reason, order in tries:
        done = office_up.cli("revoke", *order, user="kepala_dinas")
        assert done.returncode == status, done.stderr
        assert reason in done.stderr


def test_what_is_not_there_is_not_found(office_up, permit, untouched):
    for order, reason in [
        (("show", "503/9999/TIADA/2026"), "tidak ditemukan"),
        (("show", "' OR 1=1 --"), "tidak ditemukan"),
        (("show", permit["number"], "--version", 99, "--out", "/dev/null"), "Versi 99"),
        (("list", "--type", "tidak-ada"), "tidak dikenal"),
    ]:
        done = office_up.cli(*order, "--json")
        assert (done.returncode, done.stdout) == (1, ""), order
        assert reason in done.stderr


def test_misuse_of_verify_is_told_from_a_bad_file(office_up, tmp_path, untouched):
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7\n")
    for order, reason in [
        (("--trust", tmp_path / "x.pdf"), "bukan sertifikat"),
        (("--trust", tmp_path / "tiada.pem"), "bukan sertifikat"),
        (("--at", "kemarin"), "bukan waktu RFC 3339"),
        (("--at", "2026-11-24T10:00:00"), "zona waktu"),
    ]:
        done = office_up.cli("verify", "--offline", "--json", *order, tmp_path / "x.pdf")
        assert (done.returncode, done.stdout) == (2, ""), order
        assert reason in done.stderr
    done = office_up.cli(
        "verify", "--offline", "--json", tmp_path / "x.pdf", tmp_path / "tiada.pdf", tmp_path
    )
    assert done.returncode == 1
    assert [json.loads(line)["verdict"] for line in done.stdout.splitlines()] == ["unreadable"] * 3


def test_an_upload_that_is_too_large_or_empty_is_told(office_up, untouched):
    verify = f"{office_up.url}/api/v1/verify"
    large = httpx.post(verify, files={"file": ("x.pdf", b"%PDF-1.7\n" + bytes(31 * MIB))}, timeout=60)
    assert large.status_code == 413
    assert "30 MiB" in large.json()["detail"]
    for nothing in (b"", b"\n"):
        told = httpx.post(verify, files={"file": ("x.pdf", nothing)}, timeout=60)
        assert (told.status_code, told.json()["verdict"]) == (200, "unreadable")
    without = httpx.post(verify, data={"lain": "x"}, timeout=60)
    assert without.status_code == 400
    assert "Kirim satu berkas PDF" in without.json()["detail"]


def test_an_expired_certificate_signs_nothing_and_takes_no_number(office_up, tmp_path, database):
    side, (name, _) = open_signing_side(load_settings(office_up.data)), office_up.accounts["kepala_dinas"]
    create_authority(
        tmp_path / "lama",
        [(name, "Kepala Dinas", "Kepala Dinas")],
        {name: "sungai martapura"},
        office_code="X",
        organisation="Kantor X",
        base_url_of_services="http://127.0.0.1:9",
        now=datetime(2011, 1, 1, tzinfo=UTC),
    )
    key = load_pkcs12((tmp_path / "lama" / "signers" / f"{name}.p12").read_bytes(), "sungai martapura")
    (made,) = waiting(office_up)
    with pytest.raises(KeyUnusable, match="kedaluwarsa"):
        sign_one(side, made["permit_id"], made["digest"], key, name)
    with database.read() as conn:
        left = registry.get_permit(conn, made["permit_id"])
    assert (left.state, left.number) == (State.SUBMITTED, None)


def waiting(office):
    """Submit one permit over HTTP; returns its place in the queue."""
    user, passphrase = office.accounts["kepala_dinas"]
    with office.client() as web:
        opened = web.post("/api/v1/session", json={"username": user, "passphrase": passphrase})
        web.headers["X-CSRF-Token"] = opened.json()["csrf"]
        made = web.post("/api/v1/permits", json={"type": "sktu", "facts": EXAMPLE})
        assert made.status_code == 201, made.text
        permit_id = made.json()["id"]
        assert web.post(f"/api/v1/permits/{permit_id}/submit").status_code == 200
        return [row for row in web.get("/api/v1/queue").json()["waiting"] if row["permit_id"] == permit_id]
