"""Bench's footprint: processor time and memory of the processes of one server, read from /proc."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Family:
    """A process with all that it started, or every process that works in a folder (PostgreSQL's do)."""

    name: str
    root: int | None = None
    folder: Path | None = None

    def members(self) -> set[int]:
        if self.folder is not None:
            return {pid for pid in _pids() if _works_in(pid, self.folder)}
        parents = {pid: _parent(pid) for pid in _pids()}
        found = {self.root} if self.root in parents else set()
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return {pid for pid in found if pid is not None}

    def cpu_seconds(self) -> float:
        """User and system time of the processes that are there now; one that ended meanwhile is not counted."""
        return sum(_cpu_seconds(pid) for pid in self.members())

    def rss_mib(self) -> float:
        """Resident memory, pages shared between the processes counted in each."""
        return sum(_status_kib(pid, "status", "VmRSS") for pid in self.members()) / 1024

    def pss_mib(self) -> float:
        """Resident memory with shared pages divided among those that share them."""
        return sum(_status_kib(pid, "smaps_rollup", "Pss") for pid in self.members()) / 1024


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat after the name; none for a process that is gone."""
    try:
        return (_PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _parent(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[1]) if fields else None


def _cpu_seconds(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def _works_in(pid: int, folder: Path) -> bool:
    try:
        place = (_PROC / str(pid) / "cwd").stat()
        wanted = folder.stat()
    except OSError:
        return False
    return (place.st_dev, place.st_ino) == (wanted.st_dev, wanted.st_ino)


def _status_kib(pid: int, file: str, word: str) -> int:
    try:
        lines = (_PROC / str(pid) / file).read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{word}:")), 0)
