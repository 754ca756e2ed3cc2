"""Settings from files: NAME_FILE works for each, and every way a file can be wrong is one sentence without its content."""

import pytest

from config import env
from config.env import SettingError
from config.known_settings import SETTINGS
from tests.config.processes import program

CANARY = "Zqxcanary-of-this-test-0123456789"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "setting"
    path.write_text(f"{CANARY}\n")
    path.chmod(0o600)
    return path


def refusal(environ, name="VAPI_API_KEY"):
    with pytest.raises(SettingError) as refused:
        env.text(name, environ=environ)
    sentence = refused.value.sentence
    assert CANARY not in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("name", sorted(setting.name for setting in SETTINGS))
def test_every_setting_may_come_from_a_file(file, name):
    assert env.text(name, environ={f"{name}_FILE": str(file)}) == CANARY


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_a_file_for_its_owner_or_group_is_read(file, mode):
    file.chmod(mode)
    assert env.text("VAPI_API_KEY", environ={"VAPI_API_KEY_FILE": str(file)}) == CANARY


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o620, 0o666])
def test_a_file_that_others_may_read_or_change_is_refused(file, mode):
    file.chmod(mode)
    assert "chmod it to 600" in refusal({"VAPI_API_KEY_FILE": str(file)})


def test_both_forms_at_once_are_refused(file):
    sentence = refusal({"VAPI_API_KEY": CANARY, "VAPI_API_KEY_FILE": str(file)})
    assert sentence == "VAPI_API_KEY and VAPI_API_KEY_FILE are both set; keep one of them."


def test_a_missing_file_a_folder_and_no_name_at_all_are_said(tmp_path):
    assert "No such file" in refusal({"VAPI_API_KEY_FILE": str(tmp_path / "nothing")})
    assert "Is a directory" in refusal({"VAPI_API_KEY_FILE": str(tmp_path)})
    assert "cannot be read" in refusal({"VAPI_API_KEY_FILE": ""})
    assert "not a file name" in refusal({"VAPI_API_KEY_FILE": "a\0b"})


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"", "empty file"),
        (b" \n\n", "empty file"),
        (b"\xff\xfe" + CANARY.encode(), "not UTF-8"),
        (CANARY.encode() * 3000, "more than 65536 bytes"),
    ],
)
def test_content_that_is_no_setting_is_refused(file, content, wanted):
    file.write_bytes(content)
    assert wanted in refusal({"VAPI_API_KEY_FILE": str(file)})


def test_a_file_this_user_may_not_read_is_said(file):
    file.chmod(0)
    source = """
import os, sys
from config import env
if os.geteuid() == 0:
    os.setuid(65534)  # root reads everything
env.text("VAPI_API_KEY", environ={"VAPI_API_KEY_FILE": sys.argv[1]})
"""
    with program(source, file) as process:
        said = process.communicate()[0]
    assert said == "ringback: VAPI_API_KEY_FILE names a file that cannot be read (Permission denied).\n"


@pytest.mark.parametrize("value", ["-1", "0", "301", "1e2", "ten", "\u0663", "1" * 5000])
def test_a_number_outside_its_bounds_is_refused(monkeypatch, value):
    monkeypatch.setenv("SOME_NUMBER", value)
    with pytest.raises(SettingError, match="SOME_NUMBER must be a whole number from 1 to 300"):
        env.number("SOME_NUMBER", 10, least=1, most=300)


def test_a_number_within_its_bounds_is_read(monkeypatch):
    monkeypatch.setenv("SOME_NUMBER", "300")
    assert env.number("SOME_NUMBER", 10, least=1, most=300) == 300
    monkeypatch.setenv("SOME_NUMBER", "")
    assert env.number("SOME_NUMBER", 10, least=1, most=300) == 10


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://app:{CANARY}@[::1/ringback",
        f"postgresql://app:{CANARY}@host:port/ringback",
        f"mysql://app:{CANARY}@host/ringback",
        f"postgresql://{CANARY}",
    ],
)
def test_a_database_address_that_cannot_be_used_is_refused_without_repeating_it(url):
    with pytest.raises(SettingError) as refused:
        env.database(url, name="DATABASE_URL")
    assert refused.value.sentence.startswith("DATABASE_URL ")
    assert CANARY not in refused.value.sentence


def test_one_secret_under_two_names_is_refused(monkeypatch):
    monkeypatch.setenv("VAPI_SERVER_SECRET", CANARY)
    monkeypatch.setenv("VAPI_WEBHOOK_SECRET", CANARY)
    with pytest.raises(SettingError, match="two names of one setting"):
        env.secrets("VAPI_SERVER_SECRET", alias="VAPI_WEBHOOK_SECRET")


@pytest.mark.parametrize("value", ["", " ", ",", "x" * 23, f"{CANARY * 5},", f"{CANARY * 5},short"])
def test_an_empty_or_short_secret_stops_the_start(monkeypatch, value):
    monkeypatch.setenv("VAPI_SERVER_SECRET", value)
    with pytest.raises(SettingError) as refused:
        env.secrets("VAPI_SERVER_SECRET")
    assert "empty or short" in refused.value.sentence
    assert CANARY not in refused.value.sentence
