"""Config's web port: the wanted one or the next free one, held so that two desks never share a port."""

import errno
import socket
import sys

from config.env import SettingError

HOST = "127.0.0.1"
_TRIES = 100


class WebPort:
    """A port of this machine for one desk.

    granian listens with SO_REUSEPORT, so two desks of one user could share a port without any error and answer each
    other's visitors. Each therefore also holds a name that only one process of the machine can have (an abstract
    socket, Linux only), as long as it lives.
    """

    def __init__(self, wanted: int) -> None:
        self._next = wanted
        self._last = min(wanted + _TRIES, 65535)
        self._claim: socket.socket | None = None
        self.number = 0

    def choose(self) -> int:
        """Claim the next free port, giving back an earlier one. Raises SettingError when none is free."""
        self.release()
        while self._next <= self._last:
            candidate, self._next = self._next, self._next + 1
            self._claim = _claim(candidate)
            if self._claim is not None and is_free(candidate):
                self.number = candidate
                return candidate
            self.release()
        raise SettingError(f"no port up to {self._last} is free; set PORT to another one.")

    def release(self) -> None:
        if self._claim is not None:
            self._claim.close()
            self._claim = None


def read_port(text: str) -> int:
    """PORT as a number. Raises SettingError."""
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= 65535:
        raise SettingError("PORT must be a number from 1 to 65535.")
    return int(text)


def is_free(port: int) -> bool:
    """Whether nobody listens on the port, on all addresses or ours. Raises SettingError where we may not listen."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Old connections of a desk stopped a minute ago do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise SettingError(f"PORT {port} may only be used by root; set PORT to 1024 or more.") from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def _claim(port: int) -> socket.socket | None:
    """A socket that stands for the port until it is closed; None when another desk has it."""
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    if sys.platform != "linux":
        return claim
    try:
        claim.bind(f"\0ringback-web-port-{port}")
    except OSError:
        claim.close()
        return None
    return claim
