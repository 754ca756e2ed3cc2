"""The keeper, with real servers killed for real."""

import os
import signal
from pathlib import Path

import psycopg
import redis

from config.servers.keeper import ServerKeeper
from config.servers.postgres import EmbeddedPostgres
from config.servers.valkey import EmbeddedValkey
from tests.config.processes import eventually


def process_in(path: Path) -> int:
    return int(path.read_text().split()[0])


def test_a_killed_valkey_runs_again_with_what_it_had(tmp_path):
    said: list[str] = []
    with EmbeddedValkey(tmp_path) as server, ServerKeeper([server], said.append):
        with redis.Redis.from_url(server.url) as client:
            client.set("kept", "yes")
            # Everything up to a second old is on disk by the server's own rule; ask for it now.
            client.bgrewriteaof()
            assert eventually(lambda: client.info("persistence")["aof_rewrite_in_progress"] == 0)
            os.kill(int(client.info("server")["process_id"]), signal.SIGKILL)
        assert eventually(lambda: any("runs again" in line for line in said))
        with redis.Redis.from_url(server.url) as client:
            assert client.get("kept") == b"yes"


def test_a_killed_postgresql_runs_again(tmp_path):
    said: list[str] = []
    with EmbeddedPostgres(tmp_path, durable=False) as server:
        server.create_database("kept")
        url = server.urls("kept").owner
        with ServerKeeper([server], said.append):
            postmaster = next(tmp_path.rglob("postmaster.pid"))
            os.kill(process_in(postmaster), signal.SIGKILL)
            assert eventually(lambda: any("runs again" in line for line in said))
            with psycopg.connect(url) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
    assert said == ["PostgreSQL had died and runs again; nothing that was answered is lost."]
