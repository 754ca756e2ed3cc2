"""Config's child processes: each in a group of its own, and none outlives the supervisor that started it."""

import ctypes
import os
import signal
import subprocess  # nosec B404  # starting services is this module's purpose
import sys
from collections.abc import Mapping, Sequence

_PR_SET_PDEATHSIG = 1
# Loaded before any fork: between fork and exec only plain calls are safe.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Child:
    """A running process with one pipe for both of its outputs; `output` is the pipe's file descriptor."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, death_signal: signal.Signals
    ) -> None:
        """Start it. Raises OSError when the program cannot be run."""
        self.output, theirs = os.pipe()
        os.set_blocking(self.output, False)
        supervisor = os.getpid()
        try:
            self._process = subprocess.Popen(  # noqa: S603  # nosec B603  # an argument list of ours, no shell
                list(command),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=theirs,
                stderr=theirs,
                # Ctrl-C reaches the terminal's foreground group; services are stopped in order, by us.
                process_group=0,
                # The supervisor has one thread, so nothing can hold a lock across this fork.
                preexec_fn=lambda: _die_with(supervisor, death_signal),  # noqa: PLW1509
            )
        except BaseException:
            os.close(self.output)
            raise
        finally:
            os.close(theirs)
        self.pid = self._process.pid

    def exit_code(self) -> int | None:
        """Exit code, negative for a signal, or None while it runs. Once it is over, its whole group is killed.

        The group goes before the process is collected: until then the number cannot become somebody else's.
        """
        if self._process.returncode is None:
            if not _has_ended(self.pid):
                return None
            self.kill_group()
            self._process.wait()
        return self._process.returncode

    def send(self, number: signal.Signals) -> None:
        """Signal the process itself; it tells its own children."""
        self._process.send_signal(number)

    def kill_group(self) -> None:
        """SIGKILL for the process and everything it started in its group. Only before it is collected."""
        if self._process.returncode is None:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                # Killed between fork and its own setpgid; it is dying anyway.
                self._process.kill()

    def read(self) -> bytes | None:
        """What it wrote meanwhile: b"" at the end of its output, None when there is nothing now."""
        try:
            return os.read(self.output, 65536)
        except BlockingIOError:
            return None

    def close(self) -> None:
        os.close(self.output)


def _has_ended(pid: int) -> bool:
    """Whether it is over, without collecting it. Needs waitid: Linux, and macOS from Python 3.13 on."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _die_with(supervisor: int, death_signal: signal.Signals) -> None:
    if _LIBC is None:
        return
    # Until exec the supervisor's own handler would swallow it.
    signal.signal(death_signal, signal.SIG_DFL)
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal))
    if os.getppid() != supervisor:
        # It died before the request was made.
        os._exit(1)
