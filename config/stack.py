"""Config's stack, the command behind `make run`: servers, keys, migrations, demo and services of one desk."""

import argparse
import fcntl
import http.client
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import redis

from config import pulse
from config.env import SettingError, is_set, text
from config.first_start import (
    BROKER_NAME,
    DATABASE_NAMES,
    REPOSITORY,
    SIGNING_KEY,
    data_folder,
    ensure_keys,
    ensure_signing_key,
    make_data_folder,
    remove_desk_environment,
    write_desk_environment,
)
from config.preparing import is_prepared, note_prepared
from config.servers.keeper import Revivable, ServerKeeper
from config.servers.places import ServerError
from config.servers.postgres import EmbeddedPostgres
from config.servers.valkey import EmbeddedValkey
from config.supervisor import Service, Supervisor
from config.web_port import HOST, WebPort, is_free, read_port
from config.web_server import KILL_SECONDS, web_command

DEVELOPMENT = "config.settings.dev"
DATABASE = "ringback"
# Whoever answers strangers must be able to do neither: sign the trail, or write where its heads are kept (decision 27).
_SEALERS_OWN = (SIGNING_KEY, "AUDIT_ANCHOR_BUCKET_SECRET")
READY_SECONDS = 60
SAMPLES = 4
_ANSWER_SECONDS = 5

_HELP = """\
Starts one desk of Ringback and keeps it running until Ctrl-C: PostgreSQL and Valkey inside the data folder (or
the servers of DATABASE_URL and REDIS_URL), keys, migrations, a demo clinic, web, worker, beat,
relay and sealer.

environment:
  PORT                    web port on 127.0.0.1; default 8000, the next free one if it is taken
  RINGBACK_DATA           folder of servers, keys and demo accounts; default var/ in the checkout
  DATABASE_URL            use this PostgreSQL (with DATABASE_OWNER_URL, AUDIT_READER_URL, AUDIT_SEALER_URL)
  REDIS_URL               use this Redis or Valkey
  DJANGO_SETTINGS_MODULE  default config.settings.dev
"""


class Desk:
    """One desk's data folder, environment and services."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.data = data_folder(environ)
        self.wanted_port = read_port(text("PORT", environ=environ) or "8000")
        self.port = WebPort(self.wanted_port)
        self.environment = dict(environ)
        self.environment.setdefault("DJANGO_SETTINGS_MODULE", DEVELOPMENT)
        self.environment.pop("RINGBACK_DATA_FILE", None)
        # Absolute for the children, prompt output through their pipes, and no odd LANG in the way.
        self.environment |= {"RINGBACK_DATA": str(self.data), "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
        if not self.is_development and not is_set(environ, SIGNING_KEY):
            raise SettingError(f"{SIGNING_KEY} is not set; without it nobody could prove that the trail is whole.")
        self._sealers_own = {
            name: self.environment.pop(name)
            for own in _SEALERS_OWN
            for name in (own, f"{own}_FILE")
            if name in self.environment
        }
        self._was_ready = False

    @property
    def is_development(self) -> bool:
        return self.environment["DJANGO_SETTINGS_MODULE"] == DEVELOPMENT

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port.number}"

    def manage(self, *words: str) -> Service:
        command = [sys.executable, str(REPOSITORY / "manage.py"), *words]
        return Service(f"manage.py {words[0]}", command, self.environment)

    def services(self) -> list[Service]:
        """What runs until the end, in the order of starting."""
        celery = [sys.executable, "-m", "celery", "-A", "config.celery", "--quiet"]
        worker = [*celery, "worker", "--concurrency=2", "--without-mingle", "--without-gossip"]
        # Threads: it waits for other people's servers, and a target takes one at most.
        crm = ["--queues=crm", f"--hostname={pulse.CRM_WORKER}%h", "--pool=threads", "--concurrency=8"]
        crm_worker = [*celery, "worker", *crm, "--without-mingle", "--without-gossip"]
        beat = [*celery, "beat", f"--schedule={self.data / 'beat-schedule'}", "--pidfile="]
        web_environment = self.environment | {"RINGBACK_DATABASE_POOL": "1"}
        return [
            Service("web", self._web_command, web_environment, ready=self._is_ready, stop_timeout=KILL_SECONDS + 5),
            # Warm shutdown lets a task end; what is killed instead runs again from its row.
            Service("worker", worker, self.environment, stop_timeout=15),
            Service("crm-worker", crm_worker, self.environment, stop_timeout=15),
            Service("beat", beat, self.environment),
            Service("relay", self.manage("drain", "--forever").command, self.environment),
            Service("sealer", self.manage("audit", "seal", "--forever").command, self.environment | self._sealers_own),
        ]

    def make_keys(self) -> bool:
        """Make a development desk's keys that are missing; True when there was one to make."""
        was_made = ensure_keys(self.data)
        if not is_set(self._sealers_own, SIGNING_KEY):
            self._sealers_own[f"{SIGNING_KEY}_FILE"] = str(ensure_signing_key(self.data))
        return was_made

    def _web_command(self) -> list[str]:
        # Asked at every start. Until the desk was ready once, nobody knows its address, so it may still move.
        if self.port.number == 0 or not (self._was_ready or is_free(self.port.number)):
            self.port.choose()
        return web_command(self.port.number, workers=2)

    def _is_ready(self) -> bool:
        self._was_ready = self._was_ready or not self.what_is_not_ready()
        return self._was_ready

    def what_is_not_ready(self) -> list[str]:
        """Names of the parts that `/health/ready` calls failing, or `web` when it does not answer."""
        connection = http.client.HTTPConnection(HOST, self.port.number, timeout=_ANSWER_SECONDS)
        try:
            connection.request("GET", "/health/ready")
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            return ["web"]
        finally:
            connection.close()
        if answer.status == http.HTTPStatus.OK:
            return []
        try:
            checks = json.loads(body)["checks"]
            return [name for name, state in checks.items() if state != "ok"] or ["web"]
        except (ValueError, KeyError, TypeError, AttributeError):
            return [f"web (it answers {answer.status})"]


@contextmanager
def hold_desk(data: Path) -> Iterator[IO[str]]:
    """Hold the data folder for one desk. Raises SettingError while another one holds it."""
    with open(data / "desk.lock", "a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            place = lock.read().strip()
            raise SettingError(
                f"a desk already runs from {data}{f' at {place}' if place else ''}; stop it with Ctrl-C where it was"
                " started, or set RINGBACK_DATA to another folder."
            ) from None
        lock.truncate(0)
        try:
            yield lock
        finally:
            lock.truncate(0)


def start_servers(desk: Desk, supervisor: Supervisor, cleanup: ExitStack) -> None:
    """Start the servers the operator did not bring, and put their URLs into the desk's environment and desk.env."""
    started: dict[str, str] = {}
    servers: list[Revivable] = []
    if not is_set(desk.environment, "DATABASE_URL"):
        postgres = EmbeddedPostgres(desk.data / "postgres")
        postgres.start()
        cleanup.callback(postgres.stop)
        servers.append(postgres)
        postgres.create_database(DATABASE)
        urls = postgres.urls(DATABASE)
        started |= zip(DATABASE_NAMES, (urls.app, urls.owner, urls.reader, urls.sealer), strict=True)
        supervisor.say("PostgreSQL runs.")
    if not is_set(desk.environment, BROKER_NAME) and not supervisor.is_stopping:
        valkey = EmbeddedValkey(desk.data / "valkey")
        valkey.start()
        cleanup.callback(valkey.stop)
        servers.append(valkey)
        started[BROKER_NAME] = valkey.url
        supervisor.say("Valkey runs.")
    cleanup.enter_context(ServerKeeper(servers, supervisor.say))
    for name in started:
        desk.environment.pop(f"{name}_FILE", None)
    desk.environment |= started
    _forget_pulses(desk, supervisor)
    write_desk_environment(desk.data, started)
    cleanup.callback(remove_desk_environment, desk.data)


def _forget_pulses(desk: Desk, supervisor: Supervisor) -> None:
    """The desk before this one must not make it look ready."""
    try:
        pulse.forget(text(BROKER_NAME, environ=desk.environment) or "")
    except (redis.RedisError, ValueError):
        # ValueError: an address that is none, which the settings refuse in a moment with their own sentence.
        supervisor.say(f"The broker of {BROKER_NAME} does not answer yet.")


def run(desk: Desk) -> int:
    """Everything from the first lock to the last stop. Gives the exit code."""
    make_data_folder(desk.data)
    with hold_desk(desk.data) as lock, Supervisor(sys.stdout) as supervisor, ExitStack() as cleanup:
        if desk.is_development and desk.make_keys():
            supervisor.say(f"Keys made in {desk.data / 'keys'}.")
        start_servers(desk, supervisor, cleanup)
        if not _prepare(desk, supervisor):
            return _end(supervisor)
        supervisor.say("Database is up to date.")

        # Runs first of the clean-up: services end before their servers.
        cleanup.callback(supervisor.stop)
        supervisor.start(desk.services())
        if supervisor.until_ready(READY_SECONDS):
            if not supervisor.is_stopping:
                missing = ", ".join(desk.what_is_not_ready()) or "web"
                supervisor.say(f"Ringback is not ready after {READY_SECONDS} seconds: {missing}.")
            return _end(supervisor)
        if not _run_steps(_after_ready(desk), supervisor):
            return _end(supervisor)
        (desk.data / "first-start-done").touch()

        lock.write(f"{desk.url}\n")
        lock.flush()
        if desk.port.number != desk.wanted_port:
            supervisor.say(f"Port {desk.wanted_port} was taken.")
        supervisor.say(f"Ringback is ready at {desk.url}")
        if desk.is_development:
            supervisor.run(desk.manage("create_demo", "--show"))
        supervisor.say("Ctrl-C stops the desk.")
        return supervisor.until_stopped()


def _prepare(desk: Desk, supervisor: Supervisor) -> bool:
    """Migrate and make the demo, unless the last start did so for this code and this database."""
    note = desk.data / "prepared"
    url = text("DATABASE_OWNER_URL", environ=desk.environment) or text("DATABASE_URL", environ=desk.environment) or ""
    if is_prepared(note, url):
        return True
    steps = [desk.manage("migrate", "--verbosity", "0")]
    if desk.is_development:
        steps.append(desk.manage("create_demo"))
    if not _run_steps(steps, supervisor):
        return False
    note_prepared(note, url)
    return True


def _after_ready(desk: Desk) -> list[Service]:
    if not desk.is_development or (desk.data / "first-start-done").exists():
        return []
    url = f"{desk.url}/webhook/vapi"
    return [desk.manage("send_sample_report", "--url", url, "--count", str(SAMPLES))]


def _run_steps(steps: list[Service], supervisor: Supervisor) -> bool:
    """Run them in turn; False after one failed, said in a sentence, or when the end was asked."""
    for step in steps:
        if supervisor.is_stopping:
            return False
        code = supervisor.run(step)
        if code != 0 or supervisor.is_stopping:
            if not supervisor.is_stopping:
                supervisor.say(f"`{step.name}` failed (exit code {code}); the lines above say why.")
            return False
    return True


def _end(supervisor: Supervisor) -> int:
    """Exit code of an early end: 0 when it was asked for."""
    return 0 if supervisor.is_stopping and not supervisor.has_given_up else 1


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m config.stack", description=_HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.parse_args(arguments)
    try:
        return run(Desk(os.environ))
    except (ServerError, SettingError) as error:
        print(f"ringback: {getattr(error, 'sentence', error)}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
