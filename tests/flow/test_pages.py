"""What the pages promise over HTTP: forms are ours, sessions end, nothing can be enumerated or framed."""

import re

import httpx
import pytest


@pytest.fixture
def web(office_up):
    with office_up.client() as client:
        yield client


def token_of(page):
    return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]


def log_in(web, office, role):
    user, passphrase = office.accounts[role]
    form = {"csrf": token_of(web.get("/masuk")), "nama": user, "sandi": passphrase, "ke": "/kantor"}
    answer = web.post("/masuk", data=form)
    assert answer.status_code == 303
    return answer


def test_a_session_cookie_is_out_of_reach_of_scripts_and_other_sites(web, office_up):
    cookie = next(
        c for c in log_in(web, office_up, "petugas").headers.get_list("set-cookie") if "sahih_sesi" in c
    )
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()


@pytest.mark.parametrize("form", [{}, {"csrf": "x.y"}, {"csrf": ""}])
def test_a_login_form_that_is_not_ours_is_refused(web, office_up, form):
    user, passphrase = office_up.accounts["petugas"]
    web.get("/masuk")
    answer = web.post("/masuk", data={"nama": user, "sandi": passphrase, **form})
    assert answer.status_code == 403
    assert "sahih_sesi" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    "path",
    ["/keluar", "/kantor/draf/pratinjau", "/kantor/tanda-tangan/periksa", "/kantor/tanda-tangan/mulai"],
)
@pytest.mark.parametrize("form", [{}, {"csrf": "tebakan"}])
def test_a_form_without_the_sessions_token_changes_nothing(web, office_up, path, form):
    log_in(web, office_up, "kepala_dinas")
    assert web.post(path, data=form).status_code == 403
    assert web.get("/kantor").status_code == 200


@pytest.mark.parametrize("wanted", ["//example.com", "https://example.com/", "/\\example.com"])
def test_login_leads_nowhere_else(web, office_up, wanted):
    user, passphrase = office_up.accounts["petugas"]
    form = {"csrf": token_of(web.get("/masuk", params={"ke": wanted})), "nama": user, "sandi": passphrase}
    assert web.post("/masuk", data={**form, "ke": wanted}).headers["location"] == "/kantor"


def test_after_logging_out_the_cookie_opens_nothing(web, office_up):
    log_in(web, office_up, "petugas")
    kept = dict(web.cookies)
    web.post("/keluar", data={"csrf": token_of(web.get("/kantor"))})
    answer = httpx.get(f"{office_up.url}/kantor", cookies=kept, follow_redirects=False, timeout=30)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/masuk")


@pytest.mark.parametrize("path", ["/kantor", "/kantor/arsip?kata=soto", "/kantor/buku-register.csv"])
def test_a_stranger_is_led_to_the_login_page_and_back(web, path):
    answer = web.get(path)
    assert answer.status_code == 303
    assert httpx.URL(answer.headers["location"]).params["ke"] == path


@pytest.mark.parametrize(
    ("role", "path"),
    [("petugas", "/kantor/tanda-tangan"), ("petugas", "/kantor/jejak"), ("auditor", "/kantor/draf/baru")],
)
def test_a_role_sees_only_its_own_desk(web, office_up, role, path):
    log_in(web, office_up, role)
    answer = web.get(path)
    assert answer.status_code == 403
    assert "text/html" in answer.headers["content-type"]


def test_an_unknown_code_and_a_wrong_number_read_the_same(web):
    one = web.post("/periksa", data={"nomor": "503/0001/SKTU/DPMPTSP/2026", "kode": "A" * 26})
    two = web.post("/periksa", data={"nomor": "tidak ada", "kode": "B" * 26})
    assert one.status_code == two.status_code == 422
    assert one.text.count("tidak cocok") == two.text.count("tidak cocok") > 0


@pytest.mark.parametrize(
    "path", ["/v/AAAAAAAAAAAAAAAAAAAAAAAAAA", "/V/AAAAAAAAAAAAAAAAAAAAAAAAAA", "/v/%00", "/v/x"]
)
def test_verification_pages_are_nobodys_to_index(web, path):
    answer = web.get(path)
    assert answer.status_code == 404
    assert "noindex" in answer.headers["x-robots-tag"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "TIDAK DIKENAL" in answer.text


@pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.7\n", b"\x00" * 5000])
def test_no_upload_breaks_the_page(web, content):
    answer = web.post("/verifikasi", files={"berkas": ("a.pdf", content, "application/pdf")})
    assert answer.status_code == (422 if not content else 200)
    assert "MASIH BERLAKU" not in answer.text


@pytest.mark.parametrize("path", ["/", "/masuk", "/v/AAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_the_policy_allows_no_inline_script_or_style(web, path):
    policy = dict(
        directive.strip().split(" ", 1)
        for directive in web.get(path).headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == "'self'"
    # WebAssembly is the QR reader's; eval and inline scripts stay forbidden.
    assert set(policy["script-src"].split()) <= {"'self'", "'wasm-unsafe-eval'"}


def test_an_answer_for_people_is_a_page_and_not_json(web, office_up):
    log_in(web, office_up, "petugas")
    for path in (
        "/kantor/izin/bukan-uuid",
        "/kantor/draf/baru/tidak-ada",
        "/kantor/izin/00000000-0000-0000-0000-000000000000",
    ):
        answer = web.get(path)
        assert answer.status_code == 404
        assert "text/html" in answer.headers["content-type"]
        assert "Traceback" not in answer.text
