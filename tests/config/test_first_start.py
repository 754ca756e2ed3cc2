"""The first start: keys made once, and what a second terminal finds."""

import base64
import stat
import subprocess

import pytest

from config.env import SettingError
from config.first_start import (
    ensure_keys,
    load_desk_environment,
    remove_desk_environment,
    write_desk_environment,
)
from tests.config.processes import program

KEY_FILES = {"secret_key", "field_encryption_key", "field_index_key", "vapi_server_secret"}
DATABASE_NAMES = {"DATABASE_URL", "DATABASE_OWNER_URL", "AUDIT_READER_URL", "AUDIT_SEALER_URL"}
DESK = {name: f"postgresql://{name.lower()}@/ringback?host=/desk&port=5432" for name in sorted(DATABASE_NAMES)} | {
    "REDIS_URL": "unix://:pass=word@/desk/r.sock?db=0"
}


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "var"
    ensure_keys(folder)
    write_desk_environment(folder, DESK)
    return folder


def loaded(data, **environ):
    environment = {"RINGBACK_DATA": str(data), **environ}
    load_desk_environment(environment)
    return environment


def test_keys_are_made_once_and_never_replaced(tmp_path):
    assert ensure_keys(tmp_path / "var") is True
    files = {file.name: file.read_text() for file in (tmp_path / "var" / "keys").iterdir()}
    assert set(files) == KEY_FILES
    assert ensure_keys(tmp_path / "var") is False
    assert {file.name: file.read_text() for file in (tmp_path / "var" / "keys").iterdir()} == files


def test_only_a_missing_key_is_made(tmp_path):
    ensure_keys(tmp_path)
    kept = (tmp_path / "keys" / "secret_key").read_text()
    (tmp_path / "keys" / "vapi_server_secret").unlink()
    assert ensure_keys(tmp_path) is True
    assert (tmp_path / "keys" / "secret_key").read_text() == kept


def test_keys_are_private_and_strong(data):
    folder = data / "keys"
    assert mode(folder) == 0o700
    assert {mode(file) for file in folder.iterdir()} == {0o600}
    assert mode(data / "desk.env") == 0o600
    for name in ("field_encryption_key", "field_index_key"):
        assert len(base64.urlsafe_b64decode((folder / name).read_text())) == 32
    assert len((folder / "secret_key").read_text()) >= 50
    assert len((folder / "vapi_server_secret").read_text()) >= 32
    assert len({file.read_text() for file in folder.iterdir()}) == 4


def test_two_starters_agree_on_the_keys(tmp_path):
    source = """
import sys
from pathlib import Path
from config.first_start import ensure_keys
sys.stdin.readline()
ensure_keys(Path(sys.argv[1]))
for name in sys.argv[2:]:
    print(name, (Path(sys.argv[1]) / "keys" / name).read_text())
"""
    folder = tmp_path / "var"
    with (
        program(source, folder, *KEY_FILES, stdin=subprocess.PIPE) as first,
        program(source, folder, *KEY_FILES, stdin=subprocess.PIPE) as second,
    ):
        for starter in (first, second):
            starter.stdin.write("\n")
            starter.stdin.flush()
        said = [set(starter.communicate()[0].splitlines()) for starter in (first, second)]
    final = {f"{file.name} {file.read_text()}" for file in (folder / "keys").iterdir()}
    assert len(final) == 4
    assert said == [final, final]


def test_a_second_terminal_finds_servers_and_keys(data):
    environment = loaded(data)
    assert environment.items() >= DESK.items()
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEY", "FIELD_INDEX_KEY", "VAPI_SERVER_SECRET"):
        assert environment[name] == (data / "keys" / name.lower()).read_text()


@pytest.mark.parametrize("name", ["DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "FIELD_INDEX_KEY"])
@pytest.mark.parametrize("suffix", ["", "_FILE"])
def test_what_the_operator_set_wins(data, name, suffix):
    environment = loaded(data, **{name + suffix: "mine"})
    assert environment[name + suffix] == "mine"
    assert (name in environment) is (suffix == "")


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_URL_FILE"])
def test_logins_of_two_servers_never_mix(data, name):
    environment = loaded(data, **{name: "mine"})
    assert DATABASE_NAMES & environment.keys() == {name} & DATABASE_NAMES
    assert environment["REDIS_URL"] == DESK["REDIS_URL"]


@pytest.mark.parametrize("name", ["VAPI_WEBHOOK_SECRET", "VAPI_WEBHOOK_SECRET_FILE"])
def test_the_alias_of_the_server_secret_keeps_the_file_out(data, name):
    assert "VAPI_SERVER_SECRET" not in loaded(data, **{name: "mine"})


def test_what_is_missing_stays_missing(tmp_path):
    assert loaded(tmp_path / "nothing") == {"RINGBACK_DATA": str(tmp_path / "nothing")}


def test_a_stopped_desk_leaves_its_keys_only(data):
    remove_desk_environment(data)
    remove_desk_environment(data)
    environment = loaded(data)
    assert not DESK.keys() & environment.keys()
    assert "SECRET_KEY" in environment


def test_only_known_names_are_taken_from_the_file(data):
    write_desk_environment(data, {**DESK, "LD_PRELOAD": "/data/other.so"})
    assert "LD_PRELOAD" not in loaded(data)


def test_a_file_that_cannot_be_read_is_said(data):
    (data / "desk.env").unlink()
    (data / "desk.env").mkdir()
    with pytest.raises(SettingError, match=r"desk\.env cannot be read"):
        loaded(data)


def test_neither_django_nor_settings_are_imported():
    source = "import sys, config.first_start; print(sorted(m for m in sys.modules if m.split('.')[0] == 'django' or 'settings' in m))"
    with program(source) as process:
        assert process.communicate()[0] == "[]\n"
