"""Config's embedded servers, their places: private folders, socket folders short enough, and who still uses a server."""

import fcntl
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from config.private_files import private_folder

# A unix socket's whole path must fit 104 bytes (macOS; Linux has 108); the longest file name is `.s.PGSQL.5432.lock`.
_LONGEST_SOCKET_FOLDER = 80
# Written into URLs and server settings without quoting.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


class ServerError(RuntimeError):
    """An embedded server cannot run here. The message is one sentence for the operator."""


class Place:
    """The folder of one embedded server, its socket folder, and the count of the processes that use it.

    Every user holds a shared lock on `users.lock`; the kernel drops it even on SIGKILL, so the count cannot rot.
    Starting and stopping happen one at a time under `turn.lock`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._users_lock: IO[str] | None = None

    def prepare(self) -> None:
        """Make the folder. Raises ServerError where it belongs to somebody else."""
        try:
            private_folder(self.folder)
            usable = os.access(self.folder, os.W_OK | os.X_OK)
        except OSError:
            usable = False
        if not usable:
            raise ServerError(
                f"{self.folder} cannot be written by this user; it may belong to another one (was the desk run with"
                " sudo?), so set RINGBACK_DATA to a folder of your own."
            )

    @property
    def has_short_name(self) -> bool:
        inside = str(self.folder / "run")
        return len(inside.encode()) <= _LONGEST_SOCKET_FOLDER and _PLAIN_PATH.fullmatch(inside) is not None

    @property
    def socket_folder(self) -> Path:
        """Where the server's socket is: inside the folder, or for long and odd paths in a short one of its own."""
        if self.has_short_name:
            return self.folder / "run"
        key = hashlib.sha256(os.fsencode(self.folder.resolve())).hexdigest()[:16]
        return _temporary_folder() / f"ringback-{os.geteuid()}-{key}"

    def make_socket_folder(self, owner: int | None = None) -> Path:
        """Make the socket folder with mode 0700, for `owner` where the server runs as another account."""
        folder = self.socket_folder
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            if not _is_private(folder, owner):
                raise ServerError(
                    f"{folder} is not a private folder of this user; remove it and start again."
                ) from None
        if owner is not None:
            os.chown(folder, owner, -1)
        return folder

    def drop_socket_folder(self, owner: int | None = None) -> None:
        """Remove a short socket folder that a stopped server no longer uses."""
        folder = self.socket_folder
        if not self.has_short_name and folder.exists() and _is_private(folder, owner) and not any(folder.iterdir()):
            folder.rmdir()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until nobody else starts, stops or changes this server, and keep others waiting meanwhile."""
        with open(self.folder / "turn.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @property
    def is_joined(self) -> bool:
        return self._users_lock is not None

    def join(self) -> None:
        """Count this process among the users. Only inside `turn`."""
        self._users_lock = open(self.folder / "users.lock", "w", encoding="ascii")  # noqa: SIM115  # held until leave
        fcntl.flock(self._users_lock, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Stop counting this process; True when it was the last user. Only inside `turn`."""
        if self._users_lock is None:
            return False
        try:
            fcntl.flock(self._users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            self._users_lock.close()
            self._users_lock = None


def _is_private(folder: Path, owner: int | None) -> bool:
    """The temporary folder is everybody's: a folder prepared by somebody else would hand them our socket."""
    found = folder.lstat()
    owners = {os.geteuid(), os.geteuid() if owner is None else owner}
    return stat.S_ISDIR(found.st_mode) and found.st_uid in owners and not stat.S_IMODE(found.st_mode) & 0o077


def _temporary_folder() -> Path:
    # Not TMPDIR first: two terminals with different ones must find the same socket.
    everybodys = Path("/tmp")  # noqa: S108  # nosec B108  # only a folder of mode 0700 in it is used, and its owner is checked
    return everybodys if os.access(everybodys, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
