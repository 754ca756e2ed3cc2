"""Anchors' file: one line a head, only ever appended; it belongs on another disk than the database."""

import os
from datetime import timedelta
from pathlib import Path

from audit.anchors.heads import AnchorError, KeptHead, parse_head

# The last lines are enough to find the last whole one.
_TAIL_BYTES = 4096


class FileAnchor:
    """Keeps every head in a file of mode 0600, on disk before it counts as kept."""

    name = "file"
    pause = timedelta(0)

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, head: KeptHead) -> None:
        """Raises AnchorError when the line is not safely on the disk."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "r+b", buffering=0) as file:
                size = file.seek(0, os.SEEK_END)
                is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
                # One write: a reader never meets half of two lines.
                file.write((b"\n" if is_torn else b"") + head.as_line().encode())
                os.fsync(descriptor)
        except OSError as error:
            raise AnchorError("not_written") from error

    def last_kept(self) -> KeptHead | None:
        """The last whole line; None when there is none yet. Raises AnchorError when the file cannot be read."""
        try:
            with self._path.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
                lines = file.read().decode("ascii", errors="replace").splitlines(keepends=True)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise AnchorError("not_readable") from error
        return next((head for line in reversed(lines) if (head := parse_head(line)) is not None), None)
