"""Config's web server: granian's command line, one for the desk and for the tests that run it."""

import sys

from config.web_port import HOST

# Connections of one process; granian leaves later ones in the kernel's queue.
CONNECTIONS = 512
# More than config.front gives a body that is under way when the end is asked for.
KILL_SECONDS = 15
# For heads that stall, which would hold up a worker's end, and for kept connections that say nothing.
_HEAD_MILLISECONDS = 5000


def web_command(port: int, *, workers: int) -> list[str]:
    """The program and its arguments. Half-sent requests delay its end by their own time limits, others by nothing."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "asginl", "config.asgi:application"),
        *("--host", HOST, "--port", str(port), "--http", "1", "--workers", str(workers)),
        *("--backpressure", str(CONNECTIONS), "--http1-header-read-timeout", str(_HEAD_MILLISECONDS)),
        *("--respawn-failed-workers", "--workers-kill-timeout", str(KILL_SECONDS)),
        *("--no-ws", "--no-access-log", "--log-level", "warning"),
    ]
