"""The week's desk: two people who take the next caller by one of two policies, through the real services."""

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import partial
from itertools import count
from uuid import uuid4

import time_machine

from accounts.models import Clinic, Membership, Role, User
from audit.background import service_scope
from bench.week.callers import (
    ANSWERED,
    ANSWERED_IN_WINDOW,
    MINUTES_ANSWERED,
    MINUTES_UNANSWERED,
    Call,
    calls_of_week,
)
from callbacks.calendars import clinic_calendar
from callbacks.models import Callback, ClinicPeriod
from callbacks.queries.ready import ready_callbacks
from callbacks.scheduling.hours import next_callable
from callbacks.scheduling.ladder import Outcome
from callbacks.services.attempts import AttemptDraft, record_attempt
from callbacks.services.claiming import claim_callback, claim_next, extend_claim
from callbacks.services.opening import CallbackDraft, open_callback
from callbacks.services.ordering import sweep_places
from lib import clock

MONDAY = date(2026, 11, 2)
STAFF = 2
SWEEP = timedelta(minutes=1)
LOOK_AGAIN = timedelta(minutes=1)
# Shorter than the lease: a page keeps its claim alive while somebody talks.
HEARTBEAT = timedelta(seconds=60)


class Policy(StrEnum):
    """Whom a free person calls next."""

    RINGBACK = "Ringback's order"
    FIFO = "first in, first out"


@dataclass(order=True)
class _Event:
    at: datetime
    order: int
    act: Callable[[], object] = field(compare=False)


class SimulatedDesk:
    """One run: `run()` plays the days; the database then holds what happened."""

    def __init__(self, policy: Policy, *, per_weekday: int, days: int, seed: int) -> None:
        self.policy = policy
        self.end = datetime(MONDAY.year, MONDAY.month, MONDAY.day, tzinfo=UTC) + timedelta(days=days)
        self._dice = random.Random(seed)  # noqa: S311  # invented callers, no secrets
        self._events: list[_Event] = []
        self._order = count()
        self.clinic = _clinic()
        # Callers of their own dice: both policies meet the very same ones.
        calls = calls_of_week(MONDAY, days=days, per_weekday=per_weekday, seed=seed)
        for call in calls:
            self._at(call.ended_at, partial(self._open, call))
        opening = datetime(MONDAY.year, MONDAY.month, MONDAY.day, tzinfo=UTC)
        for number in range(STAFF):
            person = User.objects.create_user(f"staff{number}-{uuid4().hex[:8]}", None, display_name="Staff")
            Membership.objects.create(user=person, clinic=self.clinic, role=Role.AGENT)
            self._at(opening, partial(self._take, person))
        self._at(opening, self._sweep)

    def run(self, tick: Callable[[datetime], None]) -> None:
        """Play every event in order; `tick` hears the simulated instant of each."""
        with time_machine.travel(self._events[0].at, tick=False) as traveller:
            while self._events and self._events[0].at < self.end:
                event = heapq.heappop(self._events)
                traveller.move_to(event.at)
                tick(event.at)
                with service_scope("bench", route="bench"):
                    event.act()

    def _at(self, instant: datetime, act: Callable[[], object]) -> None:
        heapq.heappush(self._events, _Event(instant, next(self._order), act))

    def _sweep(self) -> None:
        sweep_places()
        self._at(self._open_after(SWEEP), self._sweep)

    def _open(self, call: Call) -> None:
        open_callback(
            CallbackDraft(
                clinic=self.clinic,
                first_name=call.first_name,
                phone=call.phone,
                phone_is_valid=True,
                called_from=call.phone,
                preferred_words=None,
                appointment_type="general-checkup",
                urgency=call.urgency,
                preferred_window=call.window,
                language="",
                received_at=call.ended_at,
                review_reasons=(),
            )
        )

    def _take(self, person: User) -> None:
        callback = self._next(person)
        if callback is None:
            self._at(self._open_after(LOOK_AGAIN), partial(self._take, person))
            return
        rate = ANSWERED_IN_WINDOW if callback.is_in_window else ANSWERED
        is_answered = self._dice.random() < rate
        done_at = clock.now() + timedelta(minutes=MINUTES_ANSWERED if is_answered else MINUTES_UNANSWERED)
        for beat_at in _every(HEARTBEAT, clock.now(), done_at):
            self._at(beat_at, partial(extend_claim, callback.pk, acting_user=person))
        self._at(done_at, partial(self._finish, callback, person, is_answered=is_answered))

    def _open_after(self, wait: timedelta) -> datetime:
        """The first open instant after a wait: nobody looks at a queue at night."""
        calendar = clinic_calendar(self.clinic)
        instant = clock.now() + wait
        return next_callable(calendar, instant) or instant

    def _next(self, person: User) -> Callback | None:
        if self.policy is Policy.RINGBACK:
            return claim_next(self.clinic, acting_user=person)
        # A retry keeps its place: the order is that of the calls, whatever was tried since.
        first = ready_callbacks(self.clinic, clock.now()).order_by("received_at").first()
        return None if first is None else claim_callback(first, acting_user=person)

    def _finish(self, callback: Callback, person: User, *, is_answered: bool) -> None:
        outcome = Outcome.BOOKED if is_answered else self._dice.choice([Outcome.NO_ANSWER, Outcome.VOICEMAIL_LEFT])
        current = Callback.objects.select_related("clinic").get(pk=callback.pk)
        draft = AttemptDraft(command_id=uuid4(), version=current.version, outcome=outcome, note="simulated")
        record_attempt(current, draft, acting_user=person)
        self._take(person)


def _every(step: timedelta, start: datetime, end: datetime) -> Iterator[datetime]:
    instant = start + step
    while instant < end:
        yield instant
        instant += step


def _clinic() -> Clinic:
    """Open Monday to Friday 8-12 and 13-17, New York: the clinic of callbacks.md §2.5."""
    clinic = Clinic.objects.create(name=f"Simulated {uuid4().hex[:8]}", neutral_name="Simulated", main_number="")
    ClinicPeriod.objects.bulk_create(
        ClinicPeriod(clinic=clinic, weekday=day, opens_minute=opens, closes_minute=closes)
        for day in range(5)
        for opens, closes in ((480, 720), (780, 1020))
    )
    return clinic
