"""Scheduling's due times: what was promised, and the last workable moment to keep it (callbacks.md §2.5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from callbacks.scheduling.bands import BAND_OF_WINDOW, PreferredWindow, within_band
from callbacks.scheduling.hours import HORIZON, ClinicCalendar, callable_intervals, open_intervals
from callbacks.scheduling.instants import in_utc
from callbacks.scheduling.spans import Interval, clipped, elapse, total

__all__ = [
    "PreferredWindow",
    "Promise",
    "PromiseFlag",
    "Urgency",
    "clinical_due_at",
    "compute_promise",
    "first_target",
]

PROMISE = timedelta(hours=24)
# Less callable time than this before the promise runs out is not a fair chance to keep it.
LEAST_TIME_TO_KEEP = timedelta(minutes=30)
# What an unkeepable promise gets instead, counted from its expiry.
GRACE_TIME = timedelta(minutes=60)
URGENT_TIME = timedelta(minutes=30)
LEAST_TARGET = timedelta(minutes=15)
CLINICAL_TIME = timedelta(minutes=15)


class Urgency(StrEnum):
    """The caller's word, never triage (§1)."""

    ROUTINE = "routine"
    URGENT = "urgent"


class PromiseFlag(StrEnum):
    """What staff must know about a promise besides its times."""

    PROMISE_UNKEEPABLE = "promise_unkeepable"
    URGENT_WHILE_CLOSED = "urgent_while_closed"
    PREFERRED_WINDOW_UNAVAILABLE = "preferred_window_unavailable"
    NO_CALLABLE_TIME = "no_callable_time"


@dataclass(frozen=True, slots=True)
class Promise:
    """The clocks of one callback, UTC. `due_at` is None only with NO_CALLABLE_TIME; the target is whole or absent."""

    promised_by: datetime
    due_at: datetime | None
    target_from: datetime | None
    target_to: datetime | None
    flags: frozenset[PromiseFlag]


def compute_promise(
    received_at: datetime,
    calendar: ClinicCalendar,
    recipient_zones: tuple[ZoneInfo, ...],
    preferred_window: PreferredWindow,
    urgency: Urgency,
) -> Promise:
    """Return the clocks of a callback whose call ended at `received_at`, and what to flag about it (§2.5).

    1. Promised by: 24 h of elapsed time later, whatever the clocks on the wall do.
    2. No callable time within 21 days: no due time.
    3. Urgent: due when 30 callable minutes have passed.
    4. Keepable, with at least 30 callable minutes before the promise runs out: due at the end of the last of them.
    5. Otherwise due when 60 callable minutes have passed after the promise ran out.
    6. Target: the first stretch of at least 15 minutes before due that is callable and in the asked part of the
       caller's day (in every zone the number may be in; the clinic's if unknown).

    A due time is never outside callable time, though it may be the last instant of it. Where 3 or 5 find less callable
    time than they need within 21 days, due is the last callable instant of those.
    Recomputing with changed hours moves `due_at` and the target, never `promised_by`.
    Raises ValueError for a naive `received_at`.
    """
    received_at = in_utc(received_at)
    promised_by = received_at + PROMISE
    callable_time = tuple(callable_intervals(calendar, received_at, received_at + HORIZON, recipient_zones))
    inside = tuple(clipped(callable_time, received_at, promised_by))
    is_keepable = total(inside) >= LEAST_TIME_TO_KEEP

    flags = set()
    if not is_keepable:
        flags.add(PromiseFlag.PROMISE_UNKEEPABLE)
    if urgency == Urgency.URGENT and not any(received_at in span for span in callable_time[:1]):
        flags.add(PromiseFlag.URGENT_WHILE_CLOSED)
    if not callable_time:
        flags.add(PromiseFlag.NO_CALLABLE_TIME)
        return Promise(promised_by, None, None, None, frozenset(flags))

    last_instant = callable_time[-1].end
    if urgency == Urgency.URGENT:
        due_at = elapse(callable_time, URGENT_TIME) or last_instant
    elif is_keepable:
        due_at = inside[-1].end
    else:
        after_promise = clipped(callable_time, promised_by, last_instant)
        due_at = elapse(after_promise, GRACE_TIME) or last_instant

    target = None
    if preferred_window != PreferredWindow.ANY:
        asked = within_band(
            clipped(callable_time, received_at, due_at),
            BAND_OF_WINDOW[preferred_window],
            set(recipient_zones) or {calendar.zone},
        )
        target = first_target(asked)
        if target is None:
            flags.add(PromiseFlag.PREFERRED_WINDOW_UNAVAILABLE)
    return Promise(
        promised_by, due_at, target.start if target else None, target.end if target else None, frozenset(flags)
    )


def clinical_due_at(escalated_at: datetime, calendar: ClinicCalendar) -> datetime | None:
    """Return when the clinical team must have taken over: 15 open minutes later, UTC (§1, §2.3).

    Open rather than callable time: the nurse is there or is not, whatever the hour at the caller's end.
    None when the next 21 days do not hold as much. Raises ValueError for a naive instant.
    """
    escalated_at = in_utc(escalated_at)
    return elapse(open_intervals(calendar, escalated_at, escalated_at + HORIZON), CLINICAL_TIME)


def first_target(spans: Iterable[Interval]) -> Interval | None:
    """Return the first span long enough to aim a call at; None when none lasts 15 minutes."""
    return next((span for span in spans if span.duration >= LEAST_TARGET), None)
