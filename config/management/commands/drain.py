"""`manage.py drain`: does pending work without Redis or a worker; `--forever` is the relay beside the web processes."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, close_old_connections

from audit.background import service_scope
from audit.scope import TrailUnwritableError
from lib.jobs import work_sources
from lib.logs import event_logger

log = event_logger(__name__)

BATCH = 50
POLL_SECONDS = 1.0


class Command(BaseCommand):
    help = "Do pending work (signed reports waiting to become callbacks) without Redis or a worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--forever", action="store_true", help=f"keep looking every {POLL_SECONDS:.0f} s until stopped: the relay"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        if options["forever"]:
            self._relay()
            return
        done = 0
        while claimed := work_off_once("manage.py drain", slow=None):
            done += claimed
            self.stdout.write(f"{done} done ...")
        waiting = sum(source.count_pending() for source in work_sources())
        self.stdout.write(f"{done} pieces of work taken; {waiting} still waiting for their next try.")

    def _relay(self) -> None:
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        log.info("relay_started", service="relay")
        # What waits for other people's servers waits beside the rest, not before it.
        beside = threading.Thread(target=self._work_off_until, args=(stopped,), kwargs={"slow": True}, daemon=True)
        beside.start()
        self._work_off_until(stopped, slow=False)
        log.info("relay_stopped", service="relay")

    def _work_off_until(self, stopped: threading.Event, *, slow: bool) -> None:
        while not stopped.is_set():
            try:
                claimed = work_off_once("relay", slow=slow)
            except (OperationalError, InterfaceError, TrailUnwritableError):
                # The database is away, or its trail cannot be written: nothing is lost, the rows wait.
                log.error("database_away", service="relay", with_exception=True)  # noqa: TRY400 - our logger, not logging's
                close_old_connections()
                claimed = 0
            if claimed == 0:
                stopped.wait(POLL_SECONDS)


def work_off_once(service: str, *, slow: bool | None) -> int:
    """One batch from every source (or only the slow ones, or the others), under a scope of its own; how many rows were
    claimed.
    """
    with service_scope(service, route="drain"):
        return sum(source.work_off(limit=BATCH) for source in work_sources(slow=slow))
