"""The main job over the command line and HTTP: issue, verify, preserve, find, revoke, replace."""

from __future__ import annotations

import hashlib
import json
import shutil
import time

import httpx
import pytest
from harness import TYPES

APPLICANT = "Zulaikha Noor Baiti"  # nobody else's, however full the office is
CODES = sorted(p.parent.name for p in TYPES.glob("*/example.json"))


@pytest.fixture(scope="module")
def permit(office_up, tmp_path_factory):
    path = tmp_path_factory.mktemp("izin") / "izin.pdf"
    return office_up.issue("sktu", path, nama_pemohon=APPLICANT) | {"path": path}


def upload(office, pdf):
    answer = httpx.post(f"{office.url}/api/v1/verify", files={"file": ("izin.pdf", pdf)}, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("code", CODES)
def test_every_shipped_type_issues_its_example(office_up, tmp_path, code):
    held = office_up.issue(code, tmp_path / "izin.pdf")
    pdf = (tmp_path / "izin.pdf").read_bytes()
    assert hashlib.sha256(pdf).hexdigest() == held["sha256"]
    assert b"ETSI.CAdES.detached" in pdf
    assert held["level"] == "B-T"


def test_a_genuine_permit_is_genuine_offline_by_token_and_by_upload(office_up, permit):
    (offline,) = office_up.json("verify", "--offline", permit["path"])
    assert (offline["verdict"], offline["signatures"][0]["level"]) == ("genuine", "B-T")
    page = httpx.get(f"{office_up.url}/v/{permit['token']}", timeout=60)
    assert page.status_code == 200
    assert permit["number"] in page.text
    assert "UJI COBA" in page.text
    uploaded = upload(office_up, permit["path"].read_bytes())
    assert (uploaded["verdict"], uploaded["permit"]["status"]) == ("genuine", "in_force")


def test_personal_data_is_masked_on_the_public_page(office_up, permit):
    facts = json.loads((TYPES / "sktu" / "example.json").read_text())
    page = httpx.get(f"{office_up.url}/v/{permit['token']}", timeout=60).text
    secret = [v for v in facts.values() if isinstance(v, str) and v.isdigit() and len(v) == 16]
    assert secret
    assert not any(value in page for value in secret)


def test_a_changed_file_says_so_everywhere(office_up, permit, tmp_path):
    pdf = permit["path"].read_bytes()
    middle = pdf.index(b"stream", len(pdf) // 8) + 40
    changed = pdf[:middle] + bytes([pdf[middle] ^ 1]) + pdf[middle + 1 :]
    (tmp_path / "x.pdf").write_bytes(changed)
    assert upload(office_up, changed)["verdict"] == "altered"
    done = office_up.cli("verify", "--offline", "--json", tmp_path / "x.pdf")
    assert done.returncode == 1
    assert json.loads(done.stdout)["verdict"] == "altered"


def test_the_second_version_is_b_lta_and_begins_with_the_first(office_up, permit, tmp_path):
    end = time.monotonic() + 120
    while (shown := office_up.json("show", permit["number"])[0])["versions"][-1]["level"] != "B-LTA":
        assert time.monotonic() < end, shown
        time.sleep(0.5)
    office_up.json("show", permit["number"], "--out", tmp_path / "lta.pdf")
    last = (tmp_path / "lta.pdf").read_bytes()
    assert last.startswith(permit["path"].read_bytes())
    (verdict,) = office_up.json("verify", "--offline", tmp_path / "lta.pdf")
    assert (verdict["verdict"], verdict["signatures"][0]["level"]) == ("genuine", "B-LTA")
    assert "revocation-unknown" not in verdict["codes"]


def test_it_is_found_by_number_name_and_words_of_its_page(office_up, permit):
    end = time.monotonic() + 60
    for words in (permit["number"], permit["number"].replace("/", " "), APPLICANT):
        while not any(hit["number"] == permit["number"] for hit in office_up.json("find", words)):
            assert time.monotonic() < end, words
            time.sleep(0.5)


def test_a_revoked_permit_is_revoked_for_everyone_at_once(office_up, tmp_path):
    held = office_up.issue("sktu", tmp_path / "x.pdf")
    office_up.json("revoke", held["number"], "--reason", "data tidak benar", user="kepala_dinas")
    by_token = httpx.get(f"{office_up.url}/api/v1/verify/{held['token']}", timeout=60).json()
    assert by_token["permit"]["status"] == "revoked"
    uploaded = upload(office_up, (tmp_path / "x.pdf").read_bytes())
    assert (uploaded["verdict"], uploaded["permit"]["status"]) == ("genuine", "revoked")
    assert "DICABUT" in httpx.get(f"{office_up.url}/v/{held['token']}", timeout=60).text


def test_a_batch_may_run_again_and_issues_nothing_twice(office_up):
    path, before = office_up.batch("dua", 12), len(office_up.serials())
    first = office_up.json("issue", "--type", "sktu", path, user="kepala_dinas")
    second = office_up.json("issue", "--type", "sktu", path, user="kepala_dinas")
    assert {r["_key"]: r["number"] for r in first} == {r["_key"]: r["number"] for r in second}
    after = office_up.serials()
    assert len(after) == before + 12
    assert after == list(range(after[0], after[0] + len(after)))


def test_a_type_is_data_and_issues_without_code(office_up, tmp_path):
    folder = office_up.data / "types" / "uji-jenis"
    if not folder.exists():
        shutil.copytree(TYPES / "sktu", folder)
        text = (folder / "type.toml").read_text()
        (folder / "type.toml").write_text(
            text.replace('code = "sktu"', 'code = "uji-jenis"').replace("SKTU", "UJI")
        )
    office_up.stop()
    office_up.start()
    held = office_up.issue("sktu", tmp_path / "a.pdf")
    facts = TYPES / "sktu" / "example.json"
    (new,) = office_up.json("issue", "--type", "uji-jenis", facts, user="kepala_dinas")
    assert new["serial"] == 1
    assert held["number"] != new["number"]


def test_stores_agree_after_all_this(office_up):
    office_up.settle()
