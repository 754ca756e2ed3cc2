"""The embedded servers under an ordinary account, which these tests become where they run as root."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from config.servers.postgres_programs import find_programs
from config.servers.programs import Account, run_program
from tests.config.processes import eventually, lives, program

NOBODY = 65534
BOTH_SERVERS = """
import encodings.ascii, encodings.idna, os, sys
from pathlib import Path
import psycopg, redis
from config.servers.postgres import EmbeddedPostgres
from config.servers.valkey import EmbeddedValkey
data, account = Path(sys.argv[1]), int(sys.argv[2])
# As setpriv and login do, and only after the imports: this Python may be below root's own home.
os.setgroups([])
os.setgid(account)
os.setuid(account)
os.chdir("/")
with EmbeddedPostgres(data / "postgres", durable=False) as postgres, EmbeddedValkey(data / "valkey") as valkey:
    postgres.create_database("ringback")
    with psycopg.connect(postgres.urls("ringback").app) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with redis.Redis.from_url(valkey.url) as client:
        broker = client.info("server")["process_id"]
    database = (data / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0]
    print(os.stat(f"/proc/{database}").st_uid, os.stat(f"/proc/{broker}").st_uid, database, broker)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="these tests already run as an ordinary user")
def test_an_ordinary_user_starts_and_stops_both_servers():
    postgres = find_programs(None)[0] / "postgres"
    if run_program([postgres, "--version"], Account(uid=NOBODY, gid=NOBODY))[0] != 0:
        pytest.skip("the programs are below root's own home")
    folder = Path(tempfile.mkdtemp(prefix="ringback-test-"))
    try:
        os.chown(folder, NOBODY, NOBODY)
        with program(BOTH_SERVERS, folder, NOBODY, env={"HOME": "/root"}) as process:
            said = process.communicate(timeout=120)[0]
        assert process.returncode == 0, said
        *accounts, database, broker = map(int, said.split())
        assert accounts == [NOBODY] * 2
        assert eventually(lambda: not lives(database) and not lives(broker))
        assert {path.stat().st_uid for path in folder.rglob("*")} == {NOBODY}
    finally:
        shutil.rmtree(folder)
