"""Config's embedded servers, their programs: run with a fixed environment, and never as root where that is refused."""

import os
import pwd
import subprocess  # nosec B404  # starting servers is this module's purpose
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.servers.places import ServerError

# Nothing of the operator's shell: an odd LANG stops initdb and Valkey, PGPORT or PGDATA would move the server.
_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_NOBODY = 65534


@dataclass(frozen=True)
class Account:
    """Who a server's programs run as: this user, this user under another number, or (`uid`) another account."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None


def run_program(command: Sequence[str | Path], account: Account, *, capture: bool = False) -> tuple[int, str]:
    """Run to the end; gives exit code and, with `capture`, what it wrote.

    Without `capture` the output goes nowhere: a server that a program leaves behind would keep a pipe open for ever.
    The program gets a session of its own, so that Ctrl-C in the terminal does not reach it.
    """
    output = subprocess.PIPE if capture else subprocess.DEVNULL
    try:
        done = subprocess.run(  # noqa: S603  # nosec B603  # a fixed argument list, no shell
            [*account.prefix, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if capture else subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
            user=account.uid,
            group=account.gid,
            extra_groups=None if account.uid is None else [],
            check=False,
        )
    except OSError as error:
        return 127, error.strerror or type(error).__name__
    return done.returncode, (done.stdout or b"").decode(errors="replace").strip()


def postgres_account(*, unshare: str = "unshare") -> Account:
    """Who PostgreSQL's programs run as. They refuse root, so root appears to them under another number.

    A user namespace changes nothing on disk and works below root's own home. Without namespaces (some containers)
    the account `postgres` or `nobody` is used; whether it reaches the programs and the data is `check_account`'s part.
    """
    if os.geteuid() != 0:
        return Account()
    renamed = Account(prefix=(unshare, "-U", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}", "--"))
    if run_program(["true"], renamed)[0] == 0:
        return renamed
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    return Account(uid=_NOBODY, gid=_NOBODY)


def check_account(account: Account, programs: Path, folder: Path) -> None:
    """Raise ServerError unless `account` can run `programs` and enter `folder`."""
    if account.uid is None:
        return
    runs = run_program([programs / "postgres", "--version"], account)[0] == 0
    enters = run_program(["test", "-x", folder], account)[0] == 0
    if not (runs and enters):
        unreachable = folder if runs else programs
        raise ServerError(
            "PostgreSQL refuses to run as root, this machine allows no user namespaces, and another account cannot"
            f" reach {unreachable}; run as an ordinary user, move the project out of root's home, or set DATABASE_URL."
        )
