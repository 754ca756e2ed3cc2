"""A small desk of toy services under the real supervisor, run as a program of its own."""

from typing import Any

from tests.config.processes import program

DESK = """
import os, sys
from pathlib import Path
from textwrap import dedent
from config.supervisor import Backoff, Service, Supervisor

def python(source, *arguments):
    return [sys.executable, "-c", dedent(source), *map(str, arguments)]

FAST = Backoff(first=0.05, longest=0.2, limit=3, steady_after=5.0)
SLEEPS = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)

def service(name, source, *arguments, **options):
    return Service(name, python(source, *arguments), dict(os.environ), **options)

with Supervisor(sys.stdout, backoff=FAST) as desk:
    {body}
"""


def toy_desk(body: str, *arguments: object, **options):
    return program(DESK.replace("{body}", body.strip().replace("\n", "\n    ")), *arguments, **options)


def read_until(process: Any, wanted: str, times: int = 1) -> list[str]:
    """Lines up to the one that contains `wanted` for the last of so many times."""
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        times -= wanted in line
        if times == 0:
            return lines
    raise AssertionError(f"{wanted!r} was never said:\n" + "\n".join(lines))
