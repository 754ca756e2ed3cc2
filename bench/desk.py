"""Bench's desk: what takes a report until it is answered - database, broker and web processes as `make run` starts them.

Worker, beat and relay stay out: opening the callback is work after the answer, and would take the cores from both
sides of a comparison unequally.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import running, wait_for_port
from config.first_start import DATABASE_NAMES, ensure_keys, make_data_folder
from config.servers import programs
from config.servers.postgres import DatabaseUrls, EmbeddedPostgres
from config.servers.valkey import EmbeddedValkey
from config.stack import DATABASE, Desk
from config.supervisor import Service


@dataclass
class IntakeDesk:
    """A desk that takes reports: `secret` signs them, `urls` reach its database."""

    port: int
    pid: int
    secret: str
    urls: DatabaseUrls
    postgres_folder: Path
    valkey: EmbeddedValkey
    environment: dict[str, str]
    desk: Desk
    folder: Path

    @contextmanager
    def beside(self, name: str) -> Iterator[None]:
        """One more of the desk's services (worker, relay ...) for the block."""
        service = next(service for service in self.desk.services() if service.name == name)
        with running(_words(service), service.environment, self.folder / f"{name}.log"):
            yield

    def manage(self, *words: str, **environment: str) -> None:
        """Run `manage.py words`, with changes to its environment; its output goes to a file."""
        service = self.desk.manage(*words)
        with (self.folder / f"{words[0]}.log").open("ab") as output:
            subprocess.run(
                _words(service),
                env={**service.environment, **environment},
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=output,
            )


@contextmanager
def intake_desk(folder: Path, *, slow_disk: Path | None = None) -> Iterator[IntakeDesk]:
    """Start it in `folder`; durable, fsync on. `slow_disk`: a library that makes PostgreSQL's disk slow (slow_disk.c)."""
    make_data_folder(folder)
    ensure_keys(folder)
    with ExitStack() as cleanup:
        postgres = EmbeddedPostgres(folder / "postgres")
        if slow_disk is not None:
            # Only this process's servers; the embedded server's programs get a fixed environment otherwise.
            programs._ENVIRONMENT["LD_PRELOAD"] = str(slow_disk)
            cleanup.callback(programs._ENVIRONMENT.pop, "LD_PRELOAD")
        cleanup.enter_context(postgres)
        postgres.create_database(DATABASE)
        valkey = cleanup.enter_context(EmbeddedValkey(folder / "valkey"))
        urls = postgres.urls(DATABASE)
        # Nothing of the operator's own desk: an address in the shell would fill his database with reports.
        ours = {name: value for name, value in os.environ.items() if not name.endswith(("_URL", "_URL_FILE"))}
        desk = Desk(
            {
                **ours,
                **dict(zip(DATABASE_NAMES, (urls.app, urls.owner, urls.reader, urls.sealer), strict=True)),
                "REDIS_URL": valkey.url,
                "RINGBACK_DATA": str(folder),
                "PORT": "18000",
            }
        )
        web = next(service for service in desk.services() if service.name == "web")
        for words in (("migrate", "--verbosity", "0"), ("create_demo",)):
            service = desk.manage(*words)
            subprocess.run(_words(service), env=dict(service.environment), check=True, stdin=subprocess.DEVNULL)
        log = folder / "web.log"
        process = cleanup.enter_context(running(_words(web), web.environment, log))
        wait_for_port(desk.port.number, process, log)
        secret = (folder / "keys" / "vapi_server_secret").read_text(encoding="ascii").strip()
        yield IntakeDesk(
            port=desk.port.number,
            pid=process.pid,
            secret=secret,
            urls=urls,
            postgres_folder=folder / "postgres",
            valkey=valkey,
            environment=dict(web.environment),
            desk=desk,
            folder=folder,
        )


def _words(service: Service) -> list[str]:
    return list(service.command() if callable(service.command) else service.command)
