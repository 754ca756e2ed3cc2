"""The embedded PostgreSQL, with real servers in throwaway folders."""

import functools
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from config.servers import postgres as postgres_module
from config.servers.places import Place, ServerError
from config.servers.postgres import EmbeddedPostgres
from config.servers.postgres_programs import find_programs
from config.servers.programs import check_account, postgres_account
from tests.config.processes import eventually, lives, program

DATABASE = "ringback"
DEBIAN = Path("/usr/lib/postgresql")

HOLD_SERVER = """
import sys
from pathlib import Path
from config.servers.postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1]), durable=False) as server:
    server.create_database("ringback")
    print("running", flush=True)
    sys.stdin.readline()
"""


def connect(url, **options):
    return psycopg.connect(url, autocommit=True, **options)


def ask(url, question):
    with connect(url) as connection:
        return connection.execute(question).fetchone()[0]


def postmaster(folder: Path) -> int:
    return int((folder / "cluster" / "postmaster.pid").read_text().splitlines()[0])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_durable_server_keeps_data_passwords_and_safety_over_a_restart(tmp_path):
    server = EmbeddedPostgres(tmp_path / "server")
    with server:
        server.create_database(DATABASE)
        before = server.urls(DATABASE)
        with connect(before.owner) as owner:
            owner.execute("CREATE TABLE kept AS SELECT 7 AS number")
    pid_file = tmp_path / "server" / "cluster" / "postmaster.pid"
    assert not pid_file.exists()
    with server:
        assert server.urls(DATABASE) == before
        assert ask(before.owner, "SELECT number FROM kept") == 7
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert ask(before.app, f"SHOW {setting}") == "on"


def test_an_odd_environment_changes_nothing(tmp_path, monkeypatch):
    for name in ("LANG", "LC_ALL", "LC_COLLATE"):
        monkeypatch.setenv(name, "xx_YY.nonsense")
    for name, value in {"PGPORT": "1", "PGDATA": "/nonexistent", "PGUSER": "nobody", "TZ": "Mars/Base"}.items():
        monkeypatch.setenv(name, value)
    with EmbeddedPostgres(tmp_path / "server", durable=False) as server:
        server.create_database(DATABASE)
        assert ask(server.urls(DATABASE).app, "SELECT upper('é')") == "É"


@pytest.mark.parametrize("name", ["n" * 150, "it's a clinic, ü"])
def test_a_long_or_odd_path_gets_a_short_socket_folder(tmp_path, name):
    server = EmbeddedPostgres(tmp_path / name / "server", durable=False)
    with server:
        server.create_database(DATABASE)
        assert ask(server.urls(DATABASE).app, "SELECT 1") == 1
        sockets = server._place.socket_folder
        assert len(str(sockets)) < 60
        assert mode(sockets) == 0o700
    assert not sockets.exists()


def test_a_socket_folder_prepared_by_somebody_else_is_refused(tmp_path):
    server = EmbeddedPostgres(tmp_path / ("n" * 150), durable=False)
    prepared = server._place.socket_folder
    prepared.mkdir()
    prepared.chmod(0o777)
    try:
        with pytest.raises(ServerError, match="not a private folder of this user"):
            server.start()
    finally:
        prepared.rmdir()


def test_the_last_user_stops_the_server(tmp_path):
    first, second = (EmbeddedPostgres(tmp_path / "server", durable=False) for _ in range(2))
    first.start()
    process = postmaster(tmp_path / "server")
    second.start()
    first.stop()
    first.stop()
    assert lives(process)
    second.stop()
    assert not lives(process)


def test_six_starters_at_once_get_one_server(tmp_path):
    folder = tmp_path / "server"
    with (
        program(HOLD_SERVER, folder, stdin=subprocess.PIPE) as a,
        program(HOLD_SERVER, folder, stdin=subprocess.PIPE) as b,
        program(HOLD_SERVER, folder, stdin=subprocess.PIPE) as c,
        program(HOLD_SERVER, folder, stdin=subprocess.PIPE) as d,
        program(HOLD_SERVER, folder, stdin=subprocess.PIPE) as e,
        program(HOLD_SERVER, folder, stdin=subprocess.PIPE) as f,
    ):
        users = [a, b, c, d, e, f]
        assert [user.stdout.readline() for user in users] == ["running\n"] * 6
        process = postmaster(folder)
        assert (folder / "server.log").read_text().count("starting PostgreSQL") == 1
        for user in users:
            assert lives(process)
            user.communicate("\n")
            assert user.returncode == 0
        assert not lives(process)


def test_a_server_left_by_a_killed_process_is_adopted_and_then_stopped(tmp_path):
    folder = tmp_path / "server"
    with program(HOLD_SERVER, folder, stdin=subprocess.PIPE) as user:
        assert user.stdout.readline() == "running\n"
        user.kill()
        user.wait()
    process = postmaster(folder)
    assert lives(process)
    with EmbeddedPostgres(folder, durable=False) as server:
        assert postmaster(folder) == process
        assert ask(server.urls(DATABASE).app, "SELECT 1") == 1
    assert not lives(process)


def test_rows_survive_a_killed_server(tmp_path):
    folder = tmp_path / "server"
    server = EmbeddedPostgres(folder)
    server.start()
    server.create_database(DATABASE)
    with connect(server.urls(DATABASE).owner) as owner:
        owner.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000)")
        os.kill(postmaster(folder), signal.SIGKILL)
    server.stop()
    with server:
        assert ask(server.urls(DATABASE).owner, "SELECT count(*) FROM kept") == 1000


def test_a_pid_file_that_names_a_stranger_stops_nothing_and_nobody(tmp_path):
    folder = tmp_path / "server"
    server = EmbeddedPostgres(folder, durable=False)
    with server:
        pid_file = folder / "cluster" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
    with program("input()", stdin=subprocess.PIPE) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        with server:
            assert postmaster(folder) != stranger.pid
        server.stop()
        assert stranger.poll() is None


def test_a_server_that_went_away_does_not_hinder_leaving(tmp_path):
    folder = tmp_path / "server"
    with EmbeddedPostgres(folder, durable=False):
        process = postmaster(folder)
        os.kill(process, signal.SIGKILL)
        assert eventually(lambda: not lives(process))


def test_a_half_made_cluster_is_made_again(tmp_path):
    draft = tmp_path / "server" / "cluster.draft"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(tmp_path / "server", durable=False) as server:
        server.create_database(DATABASE)
        assert ask(server.urls(DATABASE).app, "SELECT 1") == 1
    assert not draft.exists()


def test_data_of_another_version_is_left_alone_with_a_sentence(tmp_path):
    cluster = tmp_path / "server" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("99\n")
    with pytest.raises(ServerError, match=r"made by PostgreSQL 99, but only \d+"):
        EmbeddedPostgres(tmp_path / "server").start()
    assert [file.name for file in cluster.iterdir()] == ["PG_VERSION"]


def test_lost_passwords_are_said(tmp_path):
    server = EmbeddedPostgres(tmp_path / "server", durable=False)
    with server:
        pass
    shutil.rmtree(tmp_path / "server" / "passwords")
    with pytest.raises(ServerError, match="the folder `passwords`"):
        server.start()
    assert not (tmp_path / "server" / "cluster" / "postmaster.pid").exists()


def test_programs_that_do_not_run_are_said(monkeypatch):
    monkeypatch.setenv("EMBEDDED_PG_BIN", "/nonexistent/bin")
    with pytest.raises(ServerError, match="EMBEDDED_PG_BIN is /nonexistent/bin"):
        find_programs(None)


@pytest.mark.skipif(not any(DEBIAN.glob("[0-9]*/bin/initdb")), reason="no PostgreSQL of Debian here")
def test_debians_postgresql_serves_as_well(tmp_path, monkeypatch):
    programs = min(DEBIAN.glob("[0-9]*/bin"))
    monkeypatch.setenv("EMBEDDED_PG_BIN", str(programs))
    with EmbeddedPostgres(tmp_path / "server", durable=False) as server:
        server.create_database(DATABASE)
        assert ask(server.urls(DATABASE).app, "SHOW server_version_num").startswith(programs.parent.name)
        assert ask(server.urls(DATABASE).app, "SELECT upper('é')") == "É"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
class TestRootWithoutUserNamespaces:
    account = staticmethod(functools.partial(postgres_account, unshare="false"))

    def test_another_account_runs_the_server(self, monkeypatch):
        monkeypatch.setattr(postgres_module, "postgres_account", self.account)
        folder = Path(tempfile.mkdtemp(prefix="ringback-test-"))
        folder.chmod(0o711)
        try:
            check_account(self.account(), find_programs(None)[0], folder)
        except ServerError:
            pytest.skip("the programs are below root's own home")
        try:
            with EmbeddedPostgres(folder / "server", durable=False) as server:
                server.create_database(DATABASE)
                assert ask(server.urls(DATABASE).app, "SELECT 1") == 1
                process = postmaster(folder / "server")
                assert Path(f"/proc/{process}").stat().st_uid == self.account().uid
            assert not lives(process)
            assert mode(folder / "server" / "passwords") == 0o700
        finally:
            shutil.rmtree(folder)

    def test_an_unreachable_folder_is_said_in_one_sentence(self, tmp_path, monkeypatch):
        monkeypatch.setattr(postgres_module, "postgres_account", self.account)
        closed = tmp_path / "home"
        closed.mkdir(mode=0o700)
        with pytest.raises(ServerError, match="move the project out of root's home, or set DATABASE_URL"):
            EmbeddedPostgres(closed / "server").start()
        assert mode(closed) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a folder of somebody else")
def test_a_folder_of_somebody_else_is_said(tmp_path):
    source = """
import os, sys
from pathlib import Path
from config.servers.places import Place, ServerError
os.setuid(65534)
try:
    Place(Path(sys.argv[1])).prepare()
except ServerError as error:
    print(error)
"""
    theirs = tmp_path / "server"
    theirs.mkdir(mode=0o700)
    with program(source, theirs) as process:
        assert "set RINGBACK_DATA to a folder of your own" in process.communicate()[0]


def test_a_plain_file_is_no_socket_folder(tmp_path):
    place = Place(tmp_path / "server")
    place.prepare()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place.socket_folder))
    with pytest.raises(ServerError, match="not a private folder"):
        place.make_socket_folder()
