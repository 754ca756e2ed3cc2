"""Bench's machine: what the figures were taken on."""

import os
import platform
import re
import sys
from importlib.metadata import version
from pathlib import Path


def machine_line() -> str:
    """Cores, processor, memory, system and the versions that matter; no host name and no path."""
    parts = [
        f"{os.cpu_count()} cores ({_processor()})",
        f"{_memory_gib():.0f} GiB",
        f"{platform.system()} {platform.release().split('-')[0]}",
        f"Python {platform.python_version()}",
        *(f"{name} {version(name.lower())}" for name in ("Django", "psycopg", "granian", "cryptography")),
    ]
    return ", ".join(parts)


def _processor() -> str:
    if sys.platform == "linux":
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            return found[1]
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
