"""Starts small Python programs of a test as real processes, and looks whether a process lives."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.known_settings import NAMES

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30


@contextmanager
def program(source: str, *arguments: object, **options: Any) -> Iterator[Any]:
    """A running Python program (a Popen) in a group of its own, killed at the end if it still runs."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1"}
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, **options}
    process = subprocess.Popen(
        [sys.executable, "-c", source, *map(str, arguments)],
        env=environment | options.pop("env", {}),
        process_group=0,
        cwd=REPOSITORY,
        **options,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def operators_environment() -> dict[str, str]:
    """A shell before anybody set up Ringback in it: nothing of ours, and nothing that other tests told Django."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.removesuffix("_FILE") not in NAMES and not name.startswith("DJANGO_")
    }


def lives(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def eventually(is_so: Callable[[], bool]) -> bool:
    """Whether it becomes so within the patience of these tests."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
