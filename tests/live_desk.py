"""Tests' live desk: the web process as `make run` starts it, on a free port of loopback, over the run's database."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from config.servers.postgres import EmbeddedPostgres
from config.web_server import web_command
from tests.conftest import TEST_DATABASE
from tests.waiting import becomes_true

REPOSITORY = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
# Nobody listens on port 1: connections are refused at once.
NO_BROKER = f"redis://{HOST}:1/0"
STOP_SECONDS = 15


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class LiveDesk:
    """A running web process. Its port is real, and so are its sockets."""

    port: int
    log: Path

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """One well-formed request on a connection of its own."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=10)
        try:
            connection.request(method, path, body or None, dict(headers or {}))
            return _read(connection.getresponse())
        finally:
            connection.close()

    def post(self, body: bytes, headers: Mapping[str, str], path: str = "/webhook/vapi") -> Answer:
        return self.ask("POST", path, body, {"Content-Type": "application/json", **headers})

    @contextmanager
    def line(self) -> Iterator[socket.socket]:
        """A bare connection, for bytes that no client library would send."""
        with socket.create_connection((HOST, self.port), timeout=10) as connection:
            yield connection

    def answer_to(self, data: bytes) -> Answer:
        """What is answered to exactly these bytes."""
        with self.line() as connection:
            connection.sendall(data)
            return read_answer(connection)


def read_answer(connection: socket.socket) -> Answer:
    """Read one answer from a bare connection."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    return _read(response)


def _read(response: http.client.HTTPResponse) -> Answer:
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


def desk_environment(postgres: EmbeddedPostgres, folder: Path, **changes: str) -> dict[str, str]:
    """The environment of a process of the desk that works on this run's database."""
    urls = postgres.urls(TEST_DATABASE)
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "RINGBACK_DATA": str(folder),
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": urls.app,
        "DATABASE_OWNER_URL": urls.owner,
        "AUDIT_READER_URL": urls.reader,
        "AUDIT_SEALER_URL": urls.sealer,
        "REDIS_URL": NO_BROKER,
        "RINGBACK_DATABASE_POOL": "1",
        **changes,
    }


@contextmanager
def process(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the desk in a group of its own, asked to stop at the end and killed if it does not."""
    with log.open("ab") as output:
        started = subprocess.Popen(
            [sys.executable, *command],
            env=environment,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.send_signal(signal.SIGTERM)
            try:
                started.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(started.pid, signal.SIGKILL)
                started.wait()


@contextmanager
def running_desk(environment: Mapping[str, str], log: Path) -> Iterator[LiveDesk]:
    """A granian that answers, with the arguments of config.stack but one worker."""
    desk = LiveDesk(_free_port(), log)
    command = web_command(desk.port, workers=1)[1:]
    with process(command, environment, log) as server:

        def answers() -> bool:
            assert server.poll() is None, log.read_text()
            try:
                return desk.ask("GET", "/health").status == 200
            except OSError:
                return False

        assert becomes_true(answers), log.read_text()
        yield desk


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def live_desk(
    postgres: EmbeddedPostgres, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveDesk]:
    """The web process of this run; its broker is away, because a report must never need it.

    For tests on committed data: mark them `django_db(transaction=True)`.
    """
    folder = tmp_path_factory.mktemp("desk")
    assert settings.VAPI_SERVER_SECRETS
    with running_desk(desk_environment(postgres, folder), folder / "web.log") as desk:
        yield desk


@pytest.fixture
def desk_of_its_own(postgres: EmbeddedPostgres, transactional_db: None, tmp_path: Path) -> Iterator[LiveDesk]:
    """A web process of this test alone, for senders that leave a request half sent.

    Such a request may still be at work when its test is over, so this desk ends before the tables are emptied: the
    process first, then its last statement on the server.
    """
    before = _clients_of_the_database()
    with running_desk(desk_environment(postgres, tmp_path), tmp_path / "web.log") as desk:
        yield desk
    assert becomes_true(lambda: _clients_of_the_database() <= before)


def _clients_of_the_database() -> set[int]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return {pid for (pid,) in cursor.fetchall()}
