"""Bench's processes: started in a group of their own, waited for at their port, stopped by their own number."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

HOST = "127.0.0.1"
_READY_SECONDS = 60
_STOP_SECONDS = 20
_POLL_SECONDS = 0.02


class ProcessFailed(Exception):  # noqa: N818 - says what happened
    """A server of the bench did not start or did not end well."""


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], log: Path, *, folder: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process with both outputs in `log`; asked to end with SIGTERM, its group killed if it does not."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command),
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once somebody listens. Raises ProcessFailed with the log's end if the process is gone or too slow."""
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            if process.poll() is None and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
                continue
            said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise ProcessFailed(f"nobody listens on port {port}: {said}") from None
        return


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
