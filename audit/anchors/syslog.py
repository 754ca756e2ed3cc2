"""Anchors' syslog: each head as an RFC 5424 message to the clinic's collector, which keeps it out of our reach."""

import socket
from datetime import timedelta
from urllib.parse import SplitResult

from audit.anchors.heads import AnchorError, KeptHead
from lib import clock

# Facility 13 (log audit), severity 5 (notice).
_PRIORITY = 13 * 8 + 5
_TIMEOUT_SECONDS = 2.0
_PORT = 514


class SyslogAnchor:
    """Sends to `udp://host:port`, `tcp://host:port` (octet counting, RFC 6587) or `unix:///dev/log`."""

    name = "syslog"
    pause = timedelta(0)

    def __init__(self, address: SplitResult) -> None:
        self._address = address

    def keep(self, head: KeptHead) -> None:
        """Raises AnchorError when the message could not be handed over; UDP tells nothing of its arrival."""
        message = (
            f"<{_PRIORITY}>1 {clock.now().isoformat(timespec='milliseconds')} {socket.gethostname() or '-'}"
            f" ringback - trail-head - {head.as_line().strip()}"
        ).encode()
        try:
            self._send(message)
        except OSError as error:
            raise AnchorError("not_sent") from error

    def last_kept(self) -> None:
        """A collector is not asked: the officer compares with what it holds."""

    def _send(self, message: bytes) -> None:
        address = self._address
        if address.scheme == "unix":
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
                line.settimeout(_TIMEOUT_SECONDS)
                line.connect(address.path)
                line.send(message)
            return
        target = (address.hostname or "", address.port or _PORT)
        if address.scheme == "tcp":
            with socket.create_connection(target, timeout=_TIMEOUT_SECONDS) as line:
                line.sendall(b"%d %s" % (len(message), message))
            return
        with socket.socket(socket.AF_INET6 if ":" in target[0] else socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.sendto(message, target)
