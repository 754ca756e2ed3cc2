"""Two whole desks of one machine, as `make run` starts them: each with its own servers, port and end; a killed one returns."""

import contextlib
import http.client
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.config.processes import REPOSITORY, eventually, lives, operators_environment
from tests.waiting import becomes_true

READY_SECONDS = 150


class RunningDesk:
    """`python -m config.stack` on a folder; what it says is kept in `log`."""

    def __init__(self, data: Path, log: Path, port: int) -> None:
        self.data, self.log = data, log
        environment = operators_environment() | {"RINGBACK_DATA": str(data), "PORT": str(port)}
        environment["DJANGO_SETTINGS_MODULE"] = "config.settings.dev"
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.stack"],
                env=environment,
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    def port(self) -> int:
        """Wait until it is ready."""

        def said() -> re.Match[str] | None:
            assert self.process.poll() is None, self.log.read_text()
            return re.search(r"Ringback is ready at http://127\.0\.0\.1:(\d+)", self.log.read_text())

        assert becomes_true(said, within=READY_SECONDS), self.log.read_text()
        return int(said()[1])

    def postmaster(self) -> int:
        return int((self.data / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])

    def services(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in children.read_text().split()]

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


def health(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", path)
        return connection.getresponse().status


@pytest.fixture
def desks(tmp_path):
    """Starts desks; whatever is left of them at the end is ended."""
    started: list[RunningDesk] = []

    def start(name: str, port: int) -> RunningDesk:
        desk = RunningDesk(tmp_path / name, tmp_path / f"{name}-{len(started)}.log", port)
        started.append(desk)
        return desk

    yield start
    enders = [threading.Thread(target=desk.end) for desk in started if desk.process.poll() is None]
    for ender in enders:
        ender.start()
    for ender in enders:
        ender.join()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of a killed parent")
def test_two_desks_run_side_by_side_and_a_killed_one_comes_back(desks):
    # One after the other: a desk gives its services a minute, which two starts on a busy machine may need together.
    one = desks("one", 18200)
    ports = {one.port()}
    other = desks("other", 18200)
    ports.add(other.port())
    assert len(ports) == 2
    assert [health(port, "/health/ready") for port in ports] == [200, 200]

    # Killed, it leaves its servers and nothing else; the other desk does not notice.
    database, services = one.postmaster(), one.services()
    one.process.kill()
    one.process.wait()
    assert eventually(lambda: not any(lives(service) for service in services))
    assert lives(database)
    assert health(other.port(), "/health/ready") == 200

    # Started again, it takes its servers and keeps its people; no second demo is made, no second set of samples sent.
    again = desks("one", 18200)
    again.port()
    assert again.postmaster() == database
    assert "Keys made" not in again.log.read_text()

    assert again.end() == 0
    assert not lives(database)
    last = other.postmaster()
    assert health(other.port(), "/health/ready") == 200
    assert other.end() == 0
    assert not lives(last)
