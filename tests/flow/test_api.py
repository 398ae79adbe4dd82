"""The JSON interface over HTTP: a whole life of a permit, who may do what, and misuse that breaks nothing."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import time
from contextlib import contextmanager

import httpx
import pytest

API = "/api/v1"
PROBLEM = "application/problem+json"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def web(office_up):
    with httpx.Client(base_url=office_up.url, timeout=60) as client:
        yield client


@contextmanager
def session(office, role):
    """Give a client that is logged in as ``role`` and sends its CSRF token."""
    user, passphrase = office.accounts[role]
    with office.client() as client:
        opened = client.post(f"{API}/session", json={"username": user, "passphrase": passphrase})
        assert opened.status_code == 201, opened.text
        client.headers["X-CSRF-Token"] = opened.json()["csrf"]
        yield client


def with_key(office, role, *scopes):
    """Return a client that sends a fresh API key acting as ``role``, and the key's id."""
    with session(office, "admin") as admin:
        wanted = {"name": "uji", "username": office.accounts[role][0], "scopes": list(scopes)}
        made = admin.post(f"{API}/keys", json=wanted)
        assert made.status_code == 201, made.text
    client = httpx.Client(
        base_url=office.url, timeout=60, headers={"Authorization": f"Bearer {made.json()['secret']}"}
    )
    return client, made.json()["id"]


@pytest.fixture(scope="session")
def staff(office_up):
    with session(office_up, "petugas") as client:
        yield client


@pytest.fixture(scope="session")
def head(office_up):
    with session(office_up, "kepala_dinas") as client:
        yield client


@pytest.fixture(scope="session")
def example(office_up):
    kinds = httpx.get(f"{office_up.url}{API}/types", timeout=60).json()["types"]
    assert len(kinds) >= 3
    kind = httpx.get(f"{office_up.url}{API}/types/{kinds[0]['code']}", timeout=60).json()
    return {"type": kind["code"], "facts": kind["example"]}


def refused(answer, status, name):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    told = answer.json()
    assert told["type"] == f"urn:sahih:problem:{name}"
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    return told


def submitted(staff, example):
    made = staff.post(f"{API}/permits", json=example)
    assert made.status_code == 201, made.text
    handed = staff.post(f"{API}/permits/{made.json()['id']}/submit")
    assert handed.json()["state"] == "submitted", handed.text
    return made.json()["id"]


def order(office, items):
    user, passphrase = office.accounts["kepala_dinas"]
    return {"username": user, "passphrase": passphrase, "items": items}


def signed(office, staff, head, example):
    permit_id = submitted(staff, example)
    waiting = head.get(f"{API}/queue").json()["waiting"]
    digest = next(w["digest"] for w in waiting if w["permit_id"] == permit_id)
    begun = head.post(f"{API}/signings", json=order(office, [{"permit_id": permit_id, "digest": digest}]))
    assert begun.status_code == 202, begun.text
    for _ in range(300):
        batch = head.get(begun.headers["location"]).json()
        if batch["finished_at"]:
            break
        time.sleep(0.1)
    assert batch["items"][0]["state"] == "signed", batch
    return head.get(f"{API}/permits/{permit_id}").json()


@pytest.fixture(scope="session")
def permit(office_up, staff, head, example):
    return signed(office_up, staff, head, example)


def test_a_permit_lives_its_whole_life_over_json(office_up, web, staff, head, example):
    held = signed(office_up, staff, head, example)
    assert held["status"] == "in_force"
    assert [e["kind"] for e in held["events"]][:2] == ["drafted", "submitted"]

    pdf = staff.get(f"{API}/permits/{held['id']}/versions/1")
    assert pdf.headers["content-type"] == "application/pdf"
    assert hashlib.sha256(pdf.content).hexdigest() == held["versions"][0]["sha256"]

    by_token = web.get(f"{API}/verify/{held['token']}").json()
    assert by_token["verdict"] == "genuine"
    assert by_token["permit"]["number"] == held["number"]
    uploaded = web.post(f"{API}/verify", files={"file": ("izin.pdf", pdf.content, "application/pdf")}).json()
    assert uploaded.keys() >= {"file", "verdict", "signatures", "permit", "codes"}
    assert (uploaded["file"], uploaded["verdict"]) == ("izin.pdf", "genuine")
    assert uploaded["permit"] == {"status": "in_force", "number": held["number"]}

    found = staff.get(f"{API}/permits", params={"number": held["number"]}).json()["permits"]
    assert [p["id"] for p in found] == [held["id"]]

    revoked = head.post(f"{API}/permits/{held['id']}/revoke", json={"reason": "Data tidak benar."})
    assert revoked.json()["status"] == "revoked"
    assert web.get(f"{API}/verify/{held['token']}").json()["permit"]["status"] == "revoked"
    again = head.post(f"{API}/permits/{held['id']}/revoke", json={"reason": "Data tidak benar."})
    refused(again, 409, "conflict")


def test_search_finds_a_signed_permit(staff, permit):
    for _ in range(100):
        found = staff.get(f"{API}/search", params={"q": permit["number"]}).json()
        if found["total"]:
            break
        time.sleep(0.1)
    assert permit["id"] in {hit["permit_id"] for hit in found["hits"]}


def test_a_token_is_forgiving_and_an_unknown_one_is_a_404_problem(web, permit):
    token = permit["token"]
    grouped = "-".join(token[i : i + 4] for i in range(0, len(token), 4)).lower()
    assert web.get(f"{API}/verify/{grouped}").status_code == 200
    for unknown in ("A" * len(token), "x", "%00", "..", "é" * 20):
        refused(web.get(f"{API}/verify/{unknown}"), 404, "not-found")


def test_public_answers_hold_no_more_than_the_public_facts(web, permit):
    text = web.get(f"{API}/verify/{permit['token']}").text
    for value in permit["facts"].values():
        if re.fullmatch(r"\d{16}", str(value)):
            assert str(value) not in text, "an unmasked NIK"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/permits"),
        ("GET", "/permits"),
        ("GET", f"/permits/{NOBODY}"),
        ("POST", f"/permits/{NOBODY}/submit"),
        ("POST", f"/permits/{NOBODY}/revoke"),
        ("GET", "/search"),
        ("GET", "/queue"),
        ("GET", f"/signings/{NOBODY}"),
        ("GET", "/keys"),
        ("GET", "/session"),
    ],
)
@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer sahih_" + "a" * 52}, {"Authorization": "Basic eDp4"}]
)
def test_strangers_are_refused(web, method, path, headers):
    answer = web.request(method, API + path, headers=headers, json={} if method == "POST" else None)
    assert answer.status_code in {401, 422}
    if answer.status_code == 401:
        refused(answer, 401, "not-authenticated")
        assert "www-authenticate" in answer.headers


def test_a_session_without_its_csrf_token_changes_nothing(office_up, example):
    with session(office_up, "petugas") as client:
        for token in ("", "tebakan"):
            client.headers["X-CSRF-Token"] = token
            refused(client.post(f"{API}/permits", json=example), 403, "csrf")
            assert client.get(f"{API}/permits").status_code == 200


def test_a_key_does_what_its_scopes_say_and_no_more(office_up, example):
    client, _ = with_key(office_up, "petugas", "draft", "read")
    with client:
        made = client.post(f"{API}/permits", json=example)
        assert made.status_code == 201
        permit_id = made.json()["id"]
        assert client.get(f"{API}/permits/{permit_id}").status_code == 200
        refused(client.post(f"{API}/permits/{permit_id}/submit"), 403, "scope-missing")
        refused(client.get(f"{API}/keys"), 401, "not-authenticated")


def test_a_scope_gives_no_right_that_the_person_lacks(office_up, permit):
    client, _ = with_key(office_up, "petugas", "revoke")
    with client:
        answer = client.post(f"{API}/permits/{permit['id']}/revoke", json={"reason": "Data tidak benar."})
        refused(answer, 403, "not-allowed")


def test_a_revoked_key_opens_nothing(office_up):
    client, key_id = with_key(office_up, "petugas", "read")
    with client, session(office_up, "admin") as admin:
        assert client.get(f"{API}/permits").status_code == 200
        assert admin.delete(f"{API}/keys/{key_id}").status_code == 204
        refused(client.get(f"{API}/permits"), 401, "not-authenticated")
        assert "secret" not in admin.get(f"{API}/keys").text


def test_only_who_keeps_keys_makes_them(staff):
    wanted = {"name": "uji", "username": "siapa", "scopes": ["read"]}
    refused(staff.post(f"{API}/keys", json=wanted), 403, "not-allowed")


def test_no_key_signs(office_up, staff, example):
    permit_id = submitted(staff, example)
    client, _ = with_key(office_up, "kepala_dinas", "draft", "submit", "read", "revoke")
    with client:
        waiting = client.get(f"{API}/queue").json()["waiting"]
        item = next(
            {"permit_id": w["permit_id"], "digest": w["digest"]}
            for w in waiting
            if w["permit_id"] == permit_id
        )
        without = order(office_up, [item])
        del without["passphrase"]
        refused(client.post(f"{API}/signings", json=without), 422, "invalid-request")
        wrong = order(office_up, [item]) | {"passphrase": "bukan ini"}
        refused(client.post(f"{API}/signings", json=wrong), 401, "login-refused")
        assert client.get(f"{API}/permits/{permit_id}").json()["state"] == "submitted"


def test_what_changed_after_it_was_approved_is_not_signed(office_up, staff, head, example):
    permit_id = submitted(staff, example)
    begun = head.post(
        f"{API}/signings", json=order(office_up, [{"permit_id": permit_id, "digest": "0" * 64}])
    )
    assert begun.status_code == 202
    for _ in range(100):
        batch = head.get(begun.headers["location"]).json()
        if batch["finished_at"]:
            break
        time.sleep(0.1)
    assert batch["items"][0]["state"] == "failed"
    assert batch["items"][0]["reason"]
    assert head.get(f"{API}/permits/{permit_id}").json()["number"] is None


def test_an_order_for_a_permit_that_is_not_there_is_no_fault_of_ours(office_up, head):
    answer = head.post(f"{API}/signings", json=order(office_up, [{"permit_id": NOBODY, "digest": "0" * 64}]))
    assert answer.status_code in {202, 404, 409}


def test_a_returned_draft_is_revised_by_one_person_at_a_time(staff, head, example):
    permit_id = submitted(staff, example)
    back = head.post(f"{API}/permits/{permit_id}/return", json={"reason": "Alamat kurang lengkap."}).json()
    assert (back["state"], back["return_reason"]) == ("returned", "Alamat kurang lengkap.")
    change = {"facts": example["facts"], "revision": back["revision"]}
    assert staff.put(f"{API}/permits/{permit_id}/facts", json=change).status_code == 200
    refused(staff.put(f"{API}/permits/{permit_id}/facts", json=change), 409, "conflict")
    gone = staff.post(f"{API}/permits/{permit_id}/withdraw", json={"reason": "Pemohon membatalkan."})
    assert gone.json()["state"] == "withdrawn"


def test_a_batch_key_makes_repeating_safe(staff, example):
    body = example | {"batch_key": f"uji-{time.time_ns()}"}
    first, second = staff.post(f"{API}/permits", json=body), staff.post(f"{API}/permits", json=body)
    assert first.json()["id"] == second.json()["id"]


def test_wrong_facts_are_told_field_by_field(staff, example):
    told = refused(
        staff.post(f"{API}/permits", json=example | {"facts": {"bukan_isian": 1}}), 422, "invalid-facts"
    )
    assert told["errors"]
    unknown = staff.post(f"{API}/permits", json=example | {"type": "tidak-ada"})
    refused(unknown, 404, "unknown-type")


MISUSE = [
    b"",
    b"not json",
    b"[]",
    b"null",
    b'{"type": "sktu"}',
    b'{"type": "sktu", "facts": {"a": "\\u0000"}}',
    b'{"type": "sktu", "facts": {"a": "\\ud800"}}',
    b'{"type": "sktu", "facts": {"a": NaN}}',
    b'{"type": "sktu", "facts": {"a": 1e999}}',
    b'{"type": "sktu", "facts": {"a": ' + b"9" * 5000 + b"}}",
    b"[" * 100_000,
    b'{"a":' * 5000 + b"1" + b"}" * 5000,
    b"\xff\xfe",
]


@pytest.mark.parametrize("body", MISUSE, ids=range(len(MISUSE)))
def test_misused_json_is_a_problem_and_never_our_fault(staff, body):
    answer = staff.post(f"{API}/permits", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 404, 422}, answer.text
    assert answer.headers["content-type"] == PROBLEM


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"junk", "multipart/form-data; boundary=x"),
        (b"junk", "multipart/form-data"),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"%PDF-", "application/pdf"),
        (b"file=x", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
    ],
)
def test_misused_uploads_are_problems(web, body, kind):
    refused(web.post(f"{API}/verify", content=body, headers={"Content-Type": kind}), 400, "bad-upload")


def test_any_bytes_get_a_verdict(web):
    for junk in (b"", b"hello " * 50, b"%PDF-1.7\n%%EOF", bytes(range(256)) * 40):
        answer = web.post(f"{API}/verify", files={"file": ("a\u202eb.pdf", junk)})
        assert answer.status_code == 200, answer.text
        assert answer.json()["verdict"] in {"unreadable", "unsigned"}


def test_bodies_over_the_limit_are_refused_early(office_up, staff):
    refused(staff.post(f"{API}/permits", content=b" " * (1024 * 1024 + 1)), 413, "too-large")
    declared = http.client.HTTPConnection("127.0.0.1", office_up.port, timeout=30)
    declared.putrequest("POST", f"{API}/verify")
    declared.putheader("Content-Length", str(31 * 1024 * 1024))
    declared.putheader("Content-Type", "multipart/form-data; boundary=x")
    declared.endheaders(b"--x\r\n")
    answer = declared.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["type"] == "urn:sahih:problem:too-large"
    declared.close()


def test_unknown_addresses_and_methods_are_problems_for_programs_and_pages_for_people(web):
    refused(web.get(f"{API}/nothing"), 404, "not-found")
    answer = web.delete(f"{API}/types")
    refused(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["allow"]
    page = web.get("/tidak-ada")
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "Traceback" not in page.text


def test_every_answer_is_dressed(web):
    for path in ("/", f"{API}/types", "/healthz", "/tidak-ada", f"{API}/nothing"):
        headers = web.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-request-id"]
        assert "server" not in headers


def test_the_house_tells_its_health_and_counts(web, permit):
    assert web.get("/healthz").json() == {"status": "ok"}
    ready = web.get("/readyz")
    assert ready.status_code == 200
    assert set(ready.json()["parts"].values()) == {"ok"}
    assert ready.json()["parts"].keys() >= {"database", "objects", "sandbox", "signing"}
    counts = web.get("/metrics").text
    assert 'sahih_http_requests_total{method="GET",route="/api/v1/types"' in counts
    assert 'sahih_signings_total{outcome="signed"}' in counts
    assert permit["token"] not in counts


def test_the_seal_keys_are_public_and_only_public(web):
    keys = web.get("/.well-known/sahih-seal-keys.json").json()["keys"]
    assert keys
    for key in keys:
        assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
        assert "d" not in key
