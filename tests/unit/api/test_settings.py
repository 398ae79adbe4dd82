from __future__ import annotations

import json
import os

import pytest

from api.settings import SettingsError, load_settings, load_wishes

STATE = {
    "database_url": "postgresql://sahih:rahasia@127.0.0.1:1/sahih",
    "s3_endpoint": "http://127.0.0.1:2/",
    "s3_access_key": "kunci",
    "s3_secret_key": "rahasia-s3",
    "secret_key": "r" * 48,
    "port": 8123,
}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in [n for n in os.environ if n.startswith("SAHIH_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def data(tmp_path):
    (tmp_path / "stack.json").write_text(json.dumps(STATE))
    return tmp_path


def test_the_running_stack_says_what_a_command_needs(data):
    settings = load_settings(data)
    assert settings.database_dsn() == STATE["database_url"]
    assert settings.web_url == "http://127.0.0.1:8123"
    assert settings.authority_folder == data / "authority"


def test_the_environment_stands_above_the_stack_and_an_argument_above_both(data, monkeypatch):
    monkeypatch.setenv("SAHIH_PORT", "9001")
    assert load_settings(data).port == 9001
    assert load_settings(data, port=9002).port == 9002


def test_the_data_folder_may_come_from_the_environment(data, monkeypatch):
    monkeypatch.setenv("SAHIH_DATA", str(data))
    assert load_settings().port == 8123


def test_without_a_stack_the_error_says_what_to_do(tmp_path):
    with pytest.raises(SettingsError, match=r"sahih up.*SAHIH_DATABASE_URL"):
        load_settings(tmp_path)


def test_a_damaged_state_file_is_said_in_words(tmp_path):
    (tmp_path / "stack.json").write_text("{")
    with pytest.raises(SettingsError, match="tidak dapat dibaca"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "70000"), ("S3_ENDPOINT", "ftp://rahasia"), ("SECRET_KEY", "rahasia"), ("UPLOAD_LIMIT", "0")],
)
def test_a_wrong_value_is_refused_by_its_name_alone(data, monkeypatch, name, value):
    monkeypatch.setenv(f"SAHIH_{name}", value)
    with pytest.raises(SettingsError, match=f"SAHIH_{name}") as refused:
        load_settings(data)
    assert "rahasia" not in str(refused.value)


def test_no_secret_shows_where_settings_are_printed(data):
    assert "rahasia" not in repr(load_settings(data))
    assert "rrr" not in repr(load_settings(data))


def test_keys_for_different_purposes_differ(data):
    settings = load_settings(data)
    assert len(settings.form_key()) == 32
    assert settings.form_key() != settings.derive("other")


def test_settings_are_frozen(data):
    with pytest.raises(ValueError, match="frozen"):
        load_settings(data).port = 1


def test_wishes_need_nothing_running(tmp_path):
    wishes = load_wishes(tmp_path / "x", port=0)
    assert (wishes.port, wishes.host) == (0, "127.0.0.1")
    assert wishes.data.is_absolute()


def test_folders_of_types_are_separated_by_colons(data, monkeypatch):
    monkeypatch.setenv("SAHIH_TYPES_FOLDERS", "/a:/b")
    assert [str(p) for p in load_settings(data).catalog_folders[-2:]] == ["/a", "/b"]
