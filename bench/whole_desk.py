"""Bench's whole desk: `python -m config.stack` in a folder of its own, from the first second to the stop."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.footprint import Family

REPOSITORY = Path(__file__).resolve().parents[1]
STACK = (sys.executable, "-m", "config.stack")
_READY = re.compile(r"Ringback is ready at http://127\.0\.0\.1:(\d+)")
_STOP_SECONDS = 60


@dataclass
class WholeDesk:
    """A ready desk: how long it took, and the families of its processes."""

    ready_seconds: float
    pid: int
    port: int
    data: Path

    @property
    def secret(self) -> str:
        return (self.data / "keys" / "vapi_server_secret").read_text(encoding="ascii").strip()

    def families(self) -> list[Family]:
        return [
            Family("web, worker, beat, relay and their supervisor", root=self.pid),
            Family("PostgreSQL", folder=self.data / "postgres" / "cluster"),
            Family("Valkey", folder=self.data / "valkey"),
        ]


@contextmanager
def whole_desk(
    data: Path, *, command: Sequence[str] = STACK, folder: Path = REPOSITORY, most_seconds: float = 120
) -> Iterator[WholeDesk]:
    """Start it, wait for its own word that it is ready, and stop it as Ctrl-C does. Raises TimeoutError."""
    log = data.with_suffix(".log")
    started = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command),
            cwd=folder,
            env=_environment(data),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
        )
    try:
        while not (ready := _READY.search(log.read_text(encoding="utf-8", errors="replace"))):
            if process.poll() is not None or time.perf_counter() - started > most_seconds:
                raise TimeoutError(f"the desk was not ready: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)
        yield WholeDesk(time.perf_counter() - started, process.pid, int(ready[1]), data)
    finally:
        if process.poll() is None:
            # To the group, as a terminal does.
            os.killpg(process.pid, signal.SIGINT)
            process.wait(_STOP_SECONDS)


def _environment(data: Path) -> Mapping[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.endswith(("_URL", "_URL_FILE"))}
    return {**ours, "RINGBACK_DATA": str(data), "PORT": "18100"}
