"""The pages speak both languages whole, and keep the policy that forbids inline script and style."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import api.web

WEB = Path(api.web.__file__).parent
TEMPLATES = sorted((WEB / "templates").glob("*.html"))


def messages():
    found = extract_from_dir(
        WEB,
        method_map=[("templates/**.html", "jinja2.ext:babel_extract"), ("*.py", "python")],
        keywords={"_": None, "N_": None, "ngettext": (1, 2)},
    )
    return {(m[2][0] if isinstance(m[2], tuple) else m[2]): m[0] for m in found}


def test_every_message_has_its_english_words():
    with (WEB / "locale/en/LC_MESSAGES/messages.po").open("rb") as source:
        english = read_po(source, locale="en")
    wanted = messages()
    assert len(wanted) > 250
    missing = [text for text in wanted if not (found := english.get(text)) or not found.string]
    assert missing == []


def test_a_message_keeps_its_blanks_in_english():
    with (WEB / "locale/en/LC_MESSAGES/messages.po").open("rb") as source:
        english = read_po(source, locale="en")
    for message in english:
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id:
            blanks = {frozenset(re.findall(r"%\(\w+\)s", text)) for text in (*ids, *strings)}
            assert len(blanks) == 1, message.id


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.name)
def test_no_inline_style_or_script(template):
    text = template.read_text()
    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"<style\b", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"\son\w+=", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.name)
def test_every_form_that_changes_something_carries_its_token(template):
    free = {"/periksa", "/verifikasi", "/bahasa"}  # these change nothing and rest on no identity
    for action, body in re.findall(
        r'<form action="([^"]*)" method="post"[^>]*>(.*?)</form>', template.read_text(), re.DOTALL
    ):
        assert action in free or "csrf_field(csrf)" in body, action
