"""Config's embedded PostgreSQL: a private server in a folder, shared by every process that uses the folder."""

import os
import secrets
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping
from psycopg.rows import TupleRow

from config.private_files import keep_secret, private_folder, write_private
from config.servers import postgres_roles as roles
from config.servers.places import Place, ServerError
from config.servers.postgres_programs import find_programs
from config.servers.programs import Account, check_account, postgres_account, run_program

_SUPERUSER = "ringback_superuser"
_PORT = 5432
_PASSWORD_BYTES = 24
# First version with the builtin locale provider: the same order and case rules on every machine.
_FIRST_WITH_BUILTIN_LOCALE = 17
# Longer than any crash recovery of a desk's data seen, short enough to be told about.
_START_SECONDS = 120
# How long left-over children of a killed server may take to go.
_LEAVE_SECONDS = 10
_POLL_SECONDS = 0.05

_SETTINGS = """\
# Written by Ringback at every start.
listen_addresses = ''
port = {port}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
# Statements, parameters and error texts quote what people said. `log` ranks above `error`: only the server's own
# life is written down; errors reach the client that caused them.
log_min_messages = 'log'
log_min_error_statement = 'panic'
log_error_verbosity = 'terse'
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_statement = 'none'
log_min_duration_statement = -1
log_lock_waits = off
log_checkpoints = off
"""
_THROWAWAY_SETTINGS = """\
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = 'minimal'
max_wal_senders = 0
"""


@dataclass(frozen=True)
class DatabaseUrls:
    """One URL per duty: `postgresql://role:password@/database?host=/socket-folder&port=5432`."""

    app: str = field(repr=False)
    owner: str = field(repr=False)
    reader: str = field(repr=False)
    sealer: str = field(repr=False)


class EmbeddedPostgres:
    """PostgreSQL in `data_dir`, reached by unix socket and password only.

    `start` joins a running server (also one that a killed process left behind) or starts it; `stop` leaves it, and
    the last user to leave stops it. With `durable=False` nothing survives a power cut: for tests. Everything that
    goes wrong is a ServerError with one sentence.
    """

    name = "PostgreSQL"

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._place = Place(data_dir)
        self._durable = durable
        self._cluster = self._place.folder / "cluster"
        self._log = self._place.folder / "server.log"
        self._account = Account()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Return when the server answers and the roles stand. Starting twice is the same as once."""
        if self._place.is_joined:
            return
        self._place.prepare()
        with self._place.turn():
            self._place.join()
            try:
                self._account = postgres_account()
                self._keep_passwords()
                if self._settled() is not Ping.OK:
                    self._launch()
                with self._superuser("postgres") as connection:
                    roles.set_up_roles(connection, {role: self._password(role) for role in roles.ROLES})
            except BaseException:
                # Nothing half started stays behind: not even a server that runs but does not let us in.
                self._leave()
                raise

    def revive(self) -> bool:
        """Start the server again if nobody answers; whether that was needed. Only after `start`."""
        with self._place.turn():
            if self._settled() is Ping.OK:
                return False
            self._launch()
            return True

    def stop(self) -> None:
        """Leave the server; the last user stops it. Stopping what was not started does nothing."""
        if not self._place.is_joined:
            return
        with self._place.turn():
            self._leave()

    def _leave(self) -> None:
        """Leave, and as the last user stop the server. Only inside `turn`."""
        if not self._place.leave():
            return
        # Only a server that answers on our own socket is stopped: the number in its pid file may by now be anybody's.
        if self._settled() is Ping.OK:
            programs, _ = find_programs(self._existing_major())
            if not self._control(programs, "stop", "-m", "fast" if self._durable else "immediate"):
                raise ServerError(f"PostgreSQL did not stop; its log is {self._log}.")
        self._place.drop_socket_folder(self._account.uid)

    def create_database(self, name: str) -> None:
        """Make the database `name` with its owner and grants, or bring an existing one to them."""
        with self._place.turn():
            with self._superuser("postgres") as connection:
                roles.make_database(connection, name)
            with self._superuser(name) as connection:
                roles.grant_access(connection, name)

    def urls(self, database: str) -> DatabaseUrls:
        """The four URLs of a database. The server must have been started once."""
        return DatabaseUrls(
            app=self._url(roles.APP, database),
            owner=self._url(roles.OWNER, database),
            reader=self._url(roles.READER, database),
            sealer=self._url(roles.SEALER, database),
        )

    def _url(self, role: str, database: str) -> str:
        # The port is named because a PGPORT in somebody's shell would otherwise choose another socket.
        address = f"host={self._place.socket_folder}&port={_PORT}"
        return f"postgresql://{role}:{self._password(role)}@/{quote(database)}?{address}"

    def _keep_passwords(self) -> None:
        folder = private_folder(self._place.folder / "passwords")
        for role in (_SUPERUSER, *roles.ROLES):
            keep_secret(folder / role, lambda: secrets.token_urlsafe(_PASSWORD_BYTES))

    def _password(self, role: str) -> str:
        return (self._place.folder / "passwords" / role).read_text(encoding="ascii").strip()

    def _existing_major(self) -> int | None:
        version = self._cluster / "PG_VERSION"
        return int(version.read_text(encoding="ascii")) if version.exists() else None

    def _address(self, database: str) -> dict[str, str | int]:
        return {
            "host": str(self._place.socket_folder),
            "port": _PORT,
            "dbname": database,
            "user": _SUPERUSER,
            "connect_timeout": 5,
        }

    def _settled(self) -> Ping:
        """Whether the server answers, asked at the socket and never by process number.

        While it is starting, recovering or stopping (REJECT) this waits, so the answer is OK or NO_RESPONSE.
        """
        question = make_conninfo("", **self._address("postgres")).encode()
        deadline = time.monotonic() + _START_SECONDS
        while (answer := Ping(PGconn.ping(question))) is Ping.REJECT:
            if time.monotonic() > deadline:
                raise ServerError(
                    f"PostgreSQL in {self._place.folder} is still busy after {_START_SECONDS} seconds;"
                    f" its log is {self._log}."
                )
            time.sleep(_POLL_SECONDS)
        return answer

    def _superuser(self, database: str) -> psycopg.Connection[TupleRow]:
        password = self._password(_SUPERUSER)
        try:
            return psycopg.connect(**self._address(database), password=password, autocommit=True)  # type: ignore[arg-type]
        except psycopg.OperationalError as error:
            raise ServerError(
                f"PostgreSQL in {self._place.folder} does not let Ringback in; the folder `passwords` there must be"
                " the one its data was made with."
            ) from error

    def _launch(self) -> None:
        programs, major = find_programs(self._existing_major())
        if self._account.uid is not None:
            # Pass through, not look: the other account must reach the cluster inside.
            self._place.folder.chmod(0o711)
            check_account(self._account, programs, self._place.folder)
        if not self._cluster.exists():
            self._initialise(programs, major)
        sockets = self._place.make_socket_folder(self._account.uid)
        self._write_settings(sockets)
        if not self._log.exists():
            write_private(self._log, "")
            self._give_away(self._log)
        deadline = time.monotonic() + _LEAVE_SECONDS
        self._forget_dead_server(sockets)
        while not self._control(programs, "start", "-l", str(self._log)):
            if not self._forget_dead_server(sockets) or time.monotonic() > deadline:
                raise ServerError(f"PostgreSQL did not start: {self._last_words()} (log: {self._log}).")
            time.sleep(_POLL_SECONDS)

    def _forget_dead_server(self, sockets: Path) -> bool:
        """Whether a server killed earlier left lock files; those that name no process of this cluster are removed.

        After a kill -9 they name a zombie or a child that is still leaving; after a reboot a stranger, for whom
        PostgreSQL would wait for ever. Only called where no server answers and nobody else may start one.
        """
        found = [
            path for path in (self._cluster / "postmaster.pid", sockets / f".s.PGSQL.{_PORT}.lock") if path.exists()
        ]
        if _lives_in(self._cluster) is False:
            for path in found:
                path.unlink()
        return bool(found)

    def _control(self, programs: Path, *words: str) -> bool:
        arguments = [*words, "-D", str(self._cluster), "-w", "-t", str(_START_SECONDS)]
        return run_program([programs / "pg_ctl", *arguments], self._account)[0] == 0

    def _initialise(self, programs: Path, major: int) -> None:
        """Run initdb beside the final name, so that a killed start leaves no half cluster that looks whole."""
        draft = self._place.folder / "cluster.draft"
        if draft.exists():
            shutil.rmtree(draft)
        draft.mkdir(mode=0o700)
        password_file = self._place.folder / "initdb.password"
        write_private(password_file, self._password(_SUPERUSER))
        self._give_away(draft)
        self._give_away(password_file)
        if major >= _FIRST_WITH_BUILTIN_LOCALE:
            locale = ["--locale-provider=builtin", "--locale=C.UTF-8"]
        else:
            locale = ["--lc-collate=C", "--lc-ctype=C.UTF-8"]
        try:
            code, said = run_program(
                [
                    programs / "initdb",
                    f"--pgdata={draft}",
                    f"--username={_SUPERUSER}",
                    f"--pwfile={password_file}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    *locale,
                    "--data-checksums",
                    *([] if self._durable else ["--no-sync"]),
                ],
                self._account,
                capture=True,
            )
        finally:
            password_file.unlink()
        if code != 0:
            last_line = said.splitlines()[-1] if said else f"exit code {code}"
            raise ServerError(f"PostgreSQL could not make its data folder: {last_line}.")
        with open(draft / "postgresql.conf", "a", encoding="utf-8") as configuration:
            configuration.write("\ninclude 'ringback.conf'\n")
        draft.rename(self._cluster)

    def _write_settings(self, sockets: Path) -> None:
        settings = self._cluster / "ringback.conf"
        content = _SETTINGS.format(port=_PORT, sockets=sockets)
        write_private(settings, content if self._durable else content + _THROWAWAY_SETTINGS)
        self._give_away(settings)

    def _give_away(self, path: Path) -> None:
        if self._account.uid is not None:
            os.chown(path, self._account.uid, -1 if self._account.gid is None else self._account.gid)

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        fatal = [line for line in lines if "FATAL" in line or "PANIC" in line]
        return fatal[-1].split(":  ", 1)[-1] if fatal else "it gave no reason"


def _lives_in(cluster: Path) -> bool | None:
    """Whether a process works in the cluster; every one of PostgreSQL's does. None where the system does not tell."""
    processes = Path("/proc")
    if not (processes / "self" / "cwd").exists():
        return None
    home = cluster.stat()
    for process in processes.iterdir():
        if not process.name.isdigit():
            continue
        try:
            place = (process / "cwd").stat()
        except OSError:
            # Gone meanwhile, a zombie, or another user's, who cannot be inside a folder of mode 0700.
            continue
        if (place.st_dev, place.st_ino) == (home.st_dev, home.st_ino):
            return True
    return False
