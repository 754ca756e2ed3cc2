"""The stack command, as far as it goes without Django: one desk a folder, servers for what the operator did not bring."""

import base64
import os
import stat
import subprocess
import sys
from contextlib import ExitStack
from io import StringIO

import psycopg
import pytest
import redis

from config import pulse
from config.env import SettingError
from config.stack import Desk, hold_desk, start_servers
from config.supervisor import Supervisor
from tests.config.processes import REPOSITORY

DATABASE_NAMES = ["DATABASE_URL", "DATABASE_OWNER_URL", "AUDIT_READER_URL", "AUDIT_SEALER_URL"]


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "var"
    folder.mkdir()
    return folder


def test_one_folder_has_one_desk(data):
    with hold_desk(data) as lock:
        with pytest.raises(SettingError, match=f"a desk already runs from {data}; stop it"), hold_desk(data):
            pass
        lock.write("http://127.0.0.1:8001\n")
        lock.flush()
        with pytest.raises(SettingError, match=r"at http://127\.0\.0\.1:8001; stop it"), hold_desk(data):
            pass
    with hold_desk(data):
        pass


def test_a_second_start_says_so_and_fails(data):
    environment = {**os.environ, "RINGBACK_DATA": str(data), "DJANGO_SETTINGS_MODULE": "config.settings.dev"}
    command = [sys.executable, "-m", "config.stack"]
    with hold_desk(data):
        second = subprocess.run(
            command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
        )
    assert second.returncode == 1, second
    assert second.stdout == ""
    assert second.stderr.startswith(f"ringback: a desk already runs from {data}")
    assert second.stderr.count("\n") == 1


@pytest.mark.parametrize("port", ["eighty", "70000"])
def test_a_wrong_port_is_one_sentence(data, port):
    environment = {**os.environ, "RINGBACK_DATA": str(data), "PORT": port}
    command = [sys.executable, "-m", "config.stack"]
    run = subprocess.run(
        command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stderr) == (1, "ringback: PORT must be a number from 1 to 65535.\n")


def test_help_names_the_settings():
    command = [sys.executable, "-m", "config.stack", "--help"]
    said = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=True).stdout
    for name in ("PORT", "RINGBACK_DATA", "DATABASE_URL", "REDIS_URL"):
        assert name in said


def test_a_desk_without_servers_gets_both_and_other_terminals_hear_of_them(data):
    desk = Desk({"RINGBACK_DATA": str(data)})
    with Supervisor(StringIO()) as supervisor, ExitStack() as cleanup:
        start_servers(desk, supervisor, cleanup)
        noted = (data / "desk.env").read_text().splitlines()
        assert noted == [f"{name}={desk.environment[name]}" for name in [*DATABASE_NAMES, "REDIS_URL"]]
        assert stat.S_IMODE((data / "desk.env").stat().st_mode) == 0o600
        for name in DATABASE_NAMES:
            psycopg.connect(desk.environment[name]).close()
        with redis.Redis.from_url(desk.environment["REDIS_URL"]) as client:
            assert client.ping()
    assert not (data / "desk.env").exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(desk.environment["DATABASE_URL"])


@pytest.mark.parametrize("suffix", ["", "_FILE"])
def test_servers_of_the_operator_are_used_and_not_noted(data, tmp_path, suffix):
    theirs = tmp_path / "theirs"
    theirs.write_text("redis://127.0.0.1:1/0")
    theirs.chmod(0o600)
    broker = str(theirs) if suffix else theirs.read_text()
    given = {f"DATABASE_URL{suffix}": "theirs", f"REDIS_URL{suffix}": broker}
    desk = Desk({"RINGBACK_DATA": str(data), **given})
    with Supervisor(StringIO()) as supervisor, ExitStack() as cleanup:
        start_servers(desk, supervisor, cleanup)
        assert (data / "desk.env").read_text() == ""
        assert desk.environment.items() >= given.items()
    assert sorted(path.name for path in data.iterdir()) == []


def test_a_desk_does_not_look_ready_by_the_pulses_of_the_one_before(data, valkey, settings):
    settings.REDIS_URL = valkey.url
    pulse.beat(pulse.WORKER)
    pulse.beat(pulse.BEAT)
    desk = Desk({"RINGBACK_DATA": str(data), "DATABASE_URL": "theirs", "REDIS_URL": valkey.url})
    with Supervisor(StringIO()) as supervisor, ExitStack() as cleanup:
        start_servers(desk, supervisor, cleanup)
        assert pulse.ages() == {"worker": None, "beat": None}


def test_services_are_started_with_the_desks_environment(data):
    desk = Desk({"RINGBACK_DATA": str(data), "PORT": "8000"})
    services = {service.name: service for service in desk.services()}
    assert list(services) == ["web", "worker", "crm-worker", "beat", "relay", "sealer"]
    assert services["web"].environment["RINGBACK_DATABASE_POOL"] == "1"
    assert "RINGBACK_DATABASE_POOL" not in services["worker"].environment
    for service in services.values():
        assert service.environment["RINGBACK_DATA"] == str(data)
        assert service.environment["DJANGO_SETTINGS_MODULE"] == "config.settings.dev"
    assert f"--schedule={data}/beat-schedule" in str(services["beat"].command)


def test_production_needs_a_signing_key_and_keeps_it_from_who_answers_strangers(data):
    environment = {"RINGBACK_DATA": str(data), "DJANGO_SETTINGS_MODULE": "config.settings.tls"}
    with pytest.raises(SettingError, match="AUDIT_SIGNING_KEY is not set"):
        Desk(environment)
    for name in ("AUDIT_SIGNING_KEY", "AUDIT_SIGNING_KEY_FILE"):
        desk = Desk(environment | {name: "theirs", "AUDIT_ANCHOR_BUCKET_SECRET": "theirs too"})
        owners = {service.name for service in desk.services() if name in service.environment}
        assert owners == {"sealer"}
        assert owners == {s.name for s in desk.services() if "AUDIT_ANCHOR_BUCKET_SECRET" in s.environment}
        assert name not in desk.manage("migrate").environment


def test_a_first_start_makes_the_signing_key_and_only_the_sealer_hears_of_it(data):
    desk = Desk({"RINGBACK_DATA": str(data), "PORT": "8000"})
    assert desk.make_keys() is True
    key = data / "keys" / "audit_signing_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(base64.b64decode(key.read_text())) == 32
    services = {service.name: service.environment for service in desk.services()}
    assert services.pop("sealer")["AUDIT_SIGNING_KEY_FILE"] == str(key)
    for environment in services.values():
        assert not any(name.startswith("AUDIT_SIGNING_KEY") for name in environment)
        assert key.read_text() not in environment.values()
    kept = key.read_text()
    assert Desk({"RINGBACK_DATA": str(data)}).make_keys() is False
    assert key.read_text() == kept


def test_a_key_of_the_operator_is_not_joined_by_one_of_ours(data):
    desk = Desk({"RINGBACK_DATA": str(data), "AUDIT_SIGNING_KEY": "theirs"})
    desk.make_keys()
    (sealer,) = (service for service in desk.services() if service.name == "sealer")
    assert "AUDIT_SIGNING_KEY_FILE" not in sealer.environment
    assert not (data / "keys" / "audit_signing_key").exists()


def test_port_and_data_folder_may_come_from_files(tmp_path):
    for name, value in {"port": "8123\n", "data": f"{tmp_path / 'elsewhere'}\n"}.items():
        (tmp_path / name).write_text(value)
        (tmp_path / name).chmod(0o600)
    desk = Desk({"PORT_FILE": str(tmp_path / "port"), "RINGBACK_DATA_FILE": str(tmp_path / "data")})
    assert (desk.wanted_port, desk.data) == (8123, tmp_path / "elsewhere")
    # The children get the folder by its name alone: both forms at once would be refused.
    assert "RINGBACK_DATA_FILE" not in desk.environment
