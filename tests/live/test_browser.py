"""People at work in a real browser, on a phone and at a desk, with scripts and without; axe-core looks on."""

import io
import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect, sync_playwright

import api.web

ROOT = Path(api.web.__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
WIDTHS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
# Every page is seen at each width and in each language, in pairs to save time.
READERS = [("phone", "id"), ("desktop", "en")]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TYPES = ROOT / "permits" / "types"
BATCH = re.compile(r"/kantor/tanda-tangan/[0-9a-f-]{36}$")
SIGNING_MS = 60_000
MAX_WEIGHT = 150_000
PUBLIC = ["/", "/verifikasi", "/v/AAAAAAAAAAAAAAAAAAAAAAAAAA", "/masuk", "/tidak-ada"]
OFFICE = {
    "petugas": [
        "/kantor",
        "/kantor/draf",
        "/kantor/draf/baru",
        "/kantor/arsip",
        "/kantor/arsip?kata=banjarmasin",
        "/kantor/buku-register",
        "/kantor/izin/00000000-0000-0000-0000-000000000000",
    ],
    "kepala_dinas": ["/kantor", "/kantor/tanda-tangan", "/kantor/kegagalan", "/kantor/jejak"],
    "admin": ["/kantor", "/kantor/akun", "/kantor/jejak"],
    "auditor": ["/kantor", "/kantor/jejak", "/kantor/tanda-tangan"],
}


def example(code):
    return json.loads((TYPES / code / "example.json").read_text())


def codes():
    return sorted(path.parent.name for path in TYPES.glob("*/example.json"))


def log_in(page, office, role):
    user, passphrase = office.accounts[role]
    page.goto(f"{office.url}/masuk")
    page.fill("#nama", user)
    page.fill("#sandi", passphrase)
    page.press("#sandi", "Enter")
    page.wait_for_url("**/kantor")
    return passphrase


def fill_form(page, facts):
    """Fill a draft's form from facts, whatever part each field is shown as."""
    for name, value in facts.items():
        text = {True: "ya", False: "tidak"}.get(value, str(value)) if isinstance(value, bool) else str(value)
        field = page.locator(f"[name='isian-{name}']").first
        tag = field.evaluate("field => field.type")
        if tag == "radio":
            page.locator(f"[name='isian-{name}'][value='{text}']").check()
        elif tag == "select-one":
            field.select_option(text)
        else:
            field.fill(text.replace(".", ",") if isinstance(value, float) else text)


@cache
def axe():
    return (ROOT / "api/web/node_modules/axe-core/axe.min.js").read_text()


def look(page):
    """Assert what every page promises: no barrier that axe-core finds, nothing wider than the screen."""
    page.wait_for_load_state("load")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        f"{page.url} is too wide"
    )
    page.evaluate(axe())
    options = {"runOnly": RULES, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    told = [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]
    assert told == [], f"{page.url}: {told}"


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=WIDTHS)
def page(request, chromium):
    """A page that fails its test when the policy blocked something or a script broke."""
    context = chromium.new_context(viewport=WIDTHS[request.param], accept_downloads=True)
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if "Content Security Policy" in m.text else None)
    yield page
    context.close()
    assert wrong == []


SUBMIT = """async ([code, facts, csrf]) => {
    const post = async (path, body) => {
        const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf }
        const answer = await fetch('/api/v1' + path, { method: 'POST', headers, body })
        if (!answer.ok) throw new Error(await answer.text())
        return answer.json()
    }
    const made = await post('/permits', JSON.stringify({ type: code, facts }))
    await post(`/permits/${made.id}/submit`)
}"""


def submitted(page, office, code):
    """Have a permit waiting for its signature, without filling its form."""
    log_in(page, office, "petugas")
    csrf = page.locator("form[action='/keluar'] [name=csrf]").input_value()
    page.evaluate(SUBMIT, [code, example(code), csrf])
    page.click("form[action='/keluar'] button")


def submit_drafts(page, office, code, many):
    log_in(page, office, "petugas")
    for _ in range(many):
        page.goto(f"{office.url}/kantor/draf/baru")
        page.click(f"a[href='/kantor/draf/baru/{code}']")
        fill_form(page, example(code))
        page.click("button[value=ajukan]")
        page.wait_for_url("**/kantor/draf?pesan=diajukan")
    page.goto(f"{office.url}/kantor")
    page.click("form[action='/keluar'] button")


def sign_chosen(page, office, many):
    passphrase = log_in(page, office, "kepala_dinas")
    page.goto(f"{office.url}/kantor/tanda-tangan")
    boxes = page.locator("input[name=izin]")
    assert boxes.count() >= many
    for place in range(many):
        boxes.nth(place).check()
    page.click("#antrean button")
    expect(page.locator("main ol li")).to_have_count(many)
    page.fill("#sandi", passphrase)
    page.press("#sandi", "Enter")
    page.wait_for_url(BATCH)


def test_three_people_and_a_stranger(page, office_up):
    code = codes()[0]
    submit_drafts(page, office_up, code, 3)
    sign_chosen(page, office_up, 3)
    expect(page.locator("#kemajuan .state--good")).to_have_count(3, timeout=SIGNING_MS)
    look(page)
    page.click("#kemajuan tbody a >> nth=0")
    look(page)
    number = page.locator("h1").inner_text()
    path = page.get_by_role("link", name="Halaman verifikasi").get_attribute("href")
    page.goto(f"{office_up.url}/kantor")
    page.click("form[action='/keluar'] button")

    page.goto(office_up.url + path)
    with page.expect_download() as download:
        page.get_by_role("link", name="Unduh PDF asli").click()
    pdf = download.value.path().read_bytes()
    address = urlsplit(address_of_qr(pdf))
    page.goto(f"{office_up.url}{address.path}#{address.fragment}")
    expect(page.locator("h1")).to_have_text("Izin ini ASLI dan MASIH BERLAKU")
    expect(page.get_by_text(number).first).to_be_visible()
    assert page.locator(".sheet img").evaluate("img => img.decode().then(() => img.naturalWidth)") > 500
    look(page)

    assert "ASLI dan MASIH BERLAKU" in verdict_of(page, office_up, pdf)
    changed = bytearray(pdf)
    changed[pdf.index(b"stream", len(pdf) // 8) + 40] ^= 1
    assert "ASLI" not in verdict_of(page, office_up, bytes(changed))


def address_of_qr(pdf):
    """Read the QR as a scanner would: from the page's picture at 300 dpi."""
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        for code in zxingcpp.read_barcodes(page.render(scale=300 / 72).to_pil()):
            return code.text
    raise AssertionError("no QR on any page")


def verdict_of(page, office, pdf):
    page.goto(f"{office.url}/")
    page.set_input_files("#berkas", {"name": "izin.pdf", "mimeType": "application/pdf", "buffer": pdf})
    page.get_by_role("button", name="Periksa berkas").click()
    page.wait_for_url("**/verifikasi")
    look(page)
    return page.locator("h1").inner_text()


def test_a_dropped_file_is_checked_at_once(page, office_up):
    page.goto(f"{office_up.url}/verifikasi")
    page.evaluate(
        """() => {
            const carried = new DataTransfer()
            carried.items.add(new File(['bukan pdf'], 'surat.pdf', { type: 'application/pdf' }))
            const drop = new DragEvent('drop', { dataTransfer: carried, bubbles: true, cancelable: true })
            document.querySelector('[data-drop]').dispatchEvent(drop)
        }"""
    )
    expect(page.locator("h1")).to_contain_text("TIDAK DAPAT DIBACA")
    look(page)


def test_a_returned_draft_comes_back_with_its_reason(page, office_up):
    reason = "Alamat belum sesuai surat kelurahan."
    submitted(page, office_up, codes()[0])
    log_in(page, office_up, "kepala_dinas")
    page.goto(f"{office_up.url}/kantor/tanda-tangan")
    page.locator("tbody th a").last.click()
    look(page)
    page.get_by_text("Kembalikan untuk diperbaiki").click()
    page.get_by_role("button", name="Kembalikan").click()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    look(page)
    page.fill("#alasan", reason)
    page.get_by_role("button", name="Kembalikan").click()
    page.wait_for_url("**/kantor/tanda-tangan")
    page.click("form[action='/keluar'] button")
    log_in(page, office_up, "petugas")
    page.goto(f"{office_up.url}/kantor/draf?keadaan=returned")
    expect(page.get_by_text(reason).first).to_be_visible()
    look(page)
    page.locator("tbody th a").first.click()
    expect(page.get_by_text(reason)).to_be_visible()
    look(page)


def test_the_page_is_set_beside_the_form(chromium, office_up):
    code, refused = codes()[0], []
    page = chromium.new_page(viewport=WIDTHS["desktop"])
    page.on("console", lambda m: refused.append(m.text) if m.type == "error" else None)
    log_in(page, office_up, "petugas")
    page.goto(f"{office_up.url}/kantor/draf/baru/{code}")
    fill_form(page, example(code))
    with page.expect_response("**/kantor/draf/pratinjau") as answered:
        page.get_by_role("button", name="Perbarui pratinjau").click()
    assert answered.value.headers["content-type"] == "application/pdf"
    paper = page.locator("iframe.paper")
    for _ in range(50):  # the viewer is a program of its own: only its picture tells that it shows the page
        picture = Image.open(io.BytesIO(paper.screenshot())).convert("L")
        shades = picture.histogram()
        if shades[255] > picture.width * picture.height // 4 and sum(shades[:100]) > 2000:
            break
        page.wait_for_timeout(100)
    else:
        pytest.fail("the preview stays empty")
    assert refused == []
    page.close()


def test_a_wrong_answer_is_told_and_nothing_typed_is_lost(page, office_up):
    code = codes()[0]
    log_in(page, office_up, "petugas")
    page.goto(f"{office_up.url}/kantor/draf/baru/{code}")
    first = page.locator("[name^='isian-'][type=text]").first
    first.fill("Hj. Siti Rahmah")
    page.click("button[value=ajukan]")
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    expect(first).to_have_value("Hj. Siti Rahmah")
    look(page)
    page.locator(".govuk-error-summary a").first.click()
    assert page.evaluate("document.activeElement.name").startswith("isian-")


def test_a_wrong_passphrase_signs_nothing(page, office_up):
    submitted(page, office_up, codes()[0])
    log_in(page, office_up, "kepala_dinas")
    page.goto(f"{office_up.url}/kantor/tanda-tangan")
    waiting = page.locator("input[name=izin]").count()
    page.locator("input[name=izin]").first.check()
    page.click("#antrean button")
    page.fill("#sandi", "bukan kata sandinya")
    page.press("#sandi", "Enter")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    look(page)
    page.goto(f"{office_up.url}/kantor/tanda-tangan")
    assert page.locator("input[name=izin]").count() == waiting


def test_everything_works_without_scripts(chromium, office_up):
    context = chromium.new_context(viewport=WIDTHS["phone"], java_script_enabled=False)
    page = context.new_page()
    submit_drafts(page, office_up, codes()[0], 1)
    sign_chosen(page, office_up, 1)
    again = page.get_by_role("link", name="Muat ulang")
    while again.count():
        page.wait_for_timeout(200)
        again.click()
    expect(page.locator("#kemajuan .state--good")).to_have_count(1)
    context.close()


@pytest.fixture(params=READERS, ids="-".join)
def reader(request, chromium, office_up):
    width, language = request.param
    context = chromium.new_context(viewport=WIDTHS[width])
    context.add_cookies([{"name": "bahasa", "value": language, "url": office_up.url}])
    yield context.new_page(), language
    context.close()


def weigh(page, address):
    """Go there; return the answer and the bytes that the page and its parts took."""
    sizes = []

    def note(request):
        sizes.append(request.sizes()["responseBodySize"])

    page.on("requestfinished", note)
    answer = page.goto(address)
    look(page)
    return answer, sum(sizes)


@pytest.mark.parametrize("path", PUBLIC)
def test_public_page(reader, office_up, path):
    page, language = reader
    answer, weight = weigh(page, office_up.url + path)
    assert answer.status in {200, 404}
    assert 1000 < weight < MAX_WEIGHT
    assert page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("role", OFFICE)
def test_office_pages(reader, office_up, role):
    page, language = reader
    log_in(page, office_up, role)
    for path in [*OFFICE[role], *([f"/kantor/draf/baru/{c}" for c in codes()] if role == "petugas" else [])]:
        answer = page.goto(office_up.url + path)
        assert answer.status < 500, path
        assert page.locator("html").get_attribute("lang") == language
        look(page)
