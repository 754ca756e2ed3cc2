"""`manage.py generate_load`: fills an empty desk with invented callbacks and events, the same for the same seed."""

import time
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from audit.background import service_scope
from audit.events import LOAD_GENERATED, Purpose
from audit.recording import record_change
from audit.scope import Subject
from config.load.callbacks import Plan, fill_callbacks
from config.load.events import fill_events
from config.load.ground import LoadRefusedError, check_may_fill, make_ground
from config.load.invented import MOST_CALLERS
from lib import clock

# As in a clinic: one callback of twenty is not closed yet.
OPEN_SHARE = 20
_SAY_EVERY_SECONDS = 5.0


class Command(BaseCommand):
    help = (
        "Fill an empty desk with invented callbacks (two years of closed ones, the open ones of two days) and with events"
        " about them. For measurements and for seeing long lists; never under production settings."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--callbacks", type=int, required=True, metavar="N", help="how many callbacks")
        parser.add_argument("--events", type=int, default=0, metavar="M", help="how many events on the trail (0)")
        parser.add_argument("--open", type=int, metavar="K", help="how many of them are open (one of twenty)")
        parser.add_argument("--clinics", type=int, default=1, metavar="C", help="among how many clinics (1)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed invents the same again (1)")
        parser.add_argument(
            "--yes-fill-this-database",
            action="store_true",
            help="also fill the checkout's own desk, or a database on another machine",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        count, events, clinics = options["callbacks"], options["events"], options["clinics"]
        still_open = options["open"] if options["open"] is not None else count // OPEN_SHARE
        if count < 1 or events < 0 or clinics < 1 or not 0 <= still_open <= count:
            raise CommandError("Give at least one callback and clinic, and no more open callbacks than there are.")
        if count > MOST_CALLERS * clinics:
            raise CommandError(f"There are {MOST_CALLERS:,} invented callers a clinic; take more --clinics.")
        try:
            check_may_fill(is_told=options["yes_fill_this_database"])
        except LoadRefusedError as refusal:
            raise CommandError(str(refusal)) from None
        with service_scope("manage.py generate_load", route="generate_load", purpose=Purpose.SYSTEM_ADMINISTRATION):
            with transaction.atomic():
                grounds = make_ground(clinics)
                said = {"callbacks": count, "events": events, "seed": options["seed"]}
                for ground in grounds:
                    record_change(
                        LOAD_GENERATED,
                        obj=Subject("clinic", str(ground.clinic.pk)),
                        clinic_id=ground.clinic.pk,
                        details=said,
                    )
            until = clock.now().replace(minute=0, second=0, microsecond=0)
            plan = Plan(grounds, count, still_open, options["seed"], until)
            self._follow("callbacks", count, fill_callbacks(plan))
            self._follow("events", events, fill_events(plan, events))

    def _follow(self, what: str, count: int, done_so_far: Iterable[int]) -> None:
        """Say how far it is every few seconds, and the rate at the end."""
        started = said = time.monotonic()
        done = 0
        for done in done_so_far:
            now = time.monotonic()
            if now - said >= _SAY_EVERY_SECONDS and done < count:
                said, rate = now, done / (now - started)
                self.stdout.write(
                    f"{what}: {done:,} of {count:,}, {rate:,.0f} a second, {(count - done) / rate:,.0f} s left"
                )
        took = max(time.monotonic() - started, 0.001)
        self.stdout.write(f"{what}: {done:,} in {took:,.1f} s, {done / took:,.0f} a second")
