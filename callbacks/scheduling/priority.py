"""Scheduling's priority: which callback is called first, and why (callbacks.md §2.6, decisions.md 18)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any
from zoneinfo import ZoneInfo

from callbacks.scheduling import wording
from callbacks.scheduling.bands import BAND_OF_WINDOW, PreferredWindow, is_in_band, next_band_edge
from callbacks.scheduling.due import Urgency
from callbacks.scheduling.hours import (
    HORIZON,
    ClinicCalendar,
    advance_callable,
    callable_time_between,
    is_callable,
    is_open,
    next_callable,
)
from callbacks.scheduling.instants import in_utc
from callbacks.states import Status, WaitReason

SAVABLE = timedelta(minutes=120)
# A first call this long overdue goes before the savable ones, so that nobody starves.
STARVING = timedelta(hours=24)

_MINUTE = timedelta(minutes=1)
_NEVER = datetime.max.replace(tzinfo=UTC)


class Group(IntEnum):
    """The groups of §2.6, first called first. Savable before overdue: else one late call makes all others late."""

    URGENT = 0
    AGREED_OR_STARVING = 1
    SAVABLE = 2
    FIRST_IN_WINDOW = 3
    FIRST_OVERDUE = 4
    FIRST_OUT_OF_WINDOW = 5
    RETRY = 6


@dataclass(frozen=True, slots=True)
class PriorityFacts:
    """What a callback that is not closed brings to its place in the queue. Instants are aware; no patient data.

    With `wait_reason` AGREED, `not_before` is the agreed time. The target is the stretch the next try aims at: after a
    first attempt it is the ladder's plan. `is_window_unavailable`: the promise carries that flag.
    """

    status: Status
    urgency: Urgency
    due_at: datetime | None
    preferred_window: PreferredWindow
    is_window_unavailable: bool
    is_attempted: bool
    is_reached: bool
    attempts_made: int
    attempts_max: int
    wait_reason: WaitReason = WaitReason.NONE
    not_before: datetime | None = None
    target_from: datetime | None = None
    target_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Priority:
    """A callback's place. `regroup_at`: the next UTC instant at which `group` or `in_window` can change; None: never
    by time alone. `slack_minutes`: callable minutes until due, or, below zero, clock minutes since; None without due.
    """

    group: Group
    in_window: bool
    slack_minutes: int | None
    why: str
    regroup_at: datetime | None


def priority(
    facts: PriorityFacts, now: datetime, calendar: ClinicCalendar, recipient_zones: tuple[ZoneInfo, ...] = ()
) -> Priority:
    """Return the callback's group, whether its window is on, and the sentence "why is this first?" (§2.6).

    Group and window hold from `now` until just before `regroup_at`. The window is always on for urgent and clinical
    work, which no preference may delay, and for an agreed time, which replaces it. For a first call it is the asked
    part of the day in every zone the number may be in (the clinic's if unknown), always on if none was asked or none is
    available; for a retry it is the target.
    Due is kept at `due_at` itself and missed right after. Raises ValueError for a naive `now`.
    """
    place = _Place(facts, in_utc(now), calendar, recipient_zones)
    group, regroup_at = _group(place)
    in_window, window_edge = _window(place)
    if group == Group.URGENT or (group == Group.AGREED_OR_STARVING and place.is_agreed_time_due):
        in_window, window_edge = True, None
    elif group == Group.FIRST_IN_WINDOW and not in_window:
        group = Group.FIRST_OUT_OF_WINDOW
    return Priority(
        group,
        in_window,
        slack_minutes(place.now, facts.due_at, calendar, recipient_zones),
        _why(place, group, in_window),
        _earliest(regroup_at, window_edge),
    )


def sort_key(
    place: Priority, due_at: datetime | None, received_at: datetime, id: Any, *, skips: int = 0
) -> tuple[Group, bool, int, datetime, datetime, Any]:
    """Return the calling order (§2.6): group, window on first, least skipped, earliest due (none last), received, id."""
    return (place.group, not place.in_window, skips, due_at or _NEVER, received_at, id)


def slack_minutes(
    now: datetime, due_at: datetime | None, calendar: ClinicCalendar, recipient_zones: tuple[ZoneInfo, ...] = ()
) -> int | None:
    """Return the whole callable minutes until due; once due has passed, the clock minutes since, negative, -1 at least.

    None without a due time. Overdue is counted on the clock because it goes on while the clinic is closed.
    """
    if due_at is None:
        return None
    if now > due_at:
        return (in_utc(due_at) - in_utc(now)) // _MINUTE
    return callable_time_between(calendar, now, due_at, recipient_zones) // _MINUTE


@dataclass(frozen=True, slots=True)
class _Place:
    facts: PriorityFacts
    now: datetime
    calendar: ClinicCalendar
    recipient_zones: tuple[ZoneInfo, ...]

    @property
    def zone(self) -> ZoneInfo:
        return self.calendar.zone

    @property
    def agreed_at(self) -> datetime | None:
        return self.facts.not_before if self.facts.wait_reason == WaitReason.AGREED else None

    @property
    def is_agreed_time_due(self) -> bool:
        return self.agreed_at is not None and self.agreed_at <= self.now


def _group(place: _Place) -> tuple[Group, datetime | None]:
    """The group, and when time alone moves the callback out of it; a first call comes as if in its window."""
    facts = place.facts
    if facts.status == Status.ESCALATED or (facts.urgency == Urgency.URGENT and not facts.is_reached):
        return Group.URGENT, None
    if place.is_agreed_time_due:
        return Group.AGREED_OR_STARVING, None
    if facts.is_attempted:
        return Group.RETRY, place.agreed_at
    group, regroup_at = _group_of_first_call(place)
    return group, _earliest(regroup_at, place.agreed_at)


def _group_of_first_call(place: _Place) -> tuple[Group, datetime | None]:
    due_at, now = place.facts.due_at, place.now
    if due_at is None:
        return Group.FIRST_IN_WINDOW, None
    if now > due_at:
        starving_at = due_at + STARVING
        return (Group.AGREED_OR_STARVING, None) if now >= starving_at else (Group.FIRST_OVERDUE, starving_at)
    slack = callable_time_between(place.calendar, now, due_at, place.recipient_zones)
    if slack <= SAVABLE:
        return Group.SAVABLE, due_at + timedelta.resolution
    # Slack shrinks only in callable time: it is down to two hours when all but two hours of it have passed. Where that is
    # beyond the horizon of the search, the end of the horizon is early enough to look again.
    savable_at = advance_callable(place.calendar, now, slack - SAVABLE, place.recipient_zones)
    return Group.FIRST_IN_WINDOW, savable_at or now + HORIZON


def _window(place: _Place) -> tuple[bool, datetime | None]:
    """Whether the window is on, and the next instant at which that can change."""
    facts, now = place.facts, place.now
    if facts.is_attempted:
        start, end = facts.target_from, facts.target_to
        if start is None or end is None:
            return True, None
        return start <= now < end, start if now < start else end if now < end else None
    if facts.preferred_window == PreferredWindow.ANY or facts.is_window_unavailable:
        return True, None
    band, zones = BAND_OF_WINDOW[facts.preferred_window], set(place.recipient_zones) or {place.zone}
    return is_in_band(now, band, zones), next_band_edge(now, band, zones)


def _why(place: _Place, group: Group, in_window: bool) -> str:
    """One line for every row; clinic time."""
    facts, now, zone = place.facts, place.now, place.zone
    if group == Group.URGENT:
        if facts.status == Status.ESCALATED:
            return "Clinical concern, waits for the nurse"
        return "Urgent words from the caller, not yet reached"
    if facts.not_before is not None and facts.not_before > now:
        return f"Waits until {wording.shortest_clock(facts.not_before, now, zone)}"
    if group == Group.AGREED_OR_STARVING:
        if place.agreed_at is not None:
            return f"Agreed time {wording.shortest_clock(place.agreed_at, now, zone)} is now"
        return "First call overdue for more than a day"
    if is_open(place.calendar, now) and not is_callable(place.calendar, now, place.recipient_zones):
        callable_at = next_callable(place.calendar, now, place.recipient_zones)
        if callable_at is not None:
            is_today = callable_at.astimezone(zone).date() == now.astimezone(zone).date()
            reason = "Too early to call" if is_today else "Too late to call today"
            return f"{reason}: callable from {wording.shortest_clock(callable_at, now, zone)}"
    if group == Group.RETRY:
        return f"Retry, attempt {facts.attempts_made + 1} of {max(facts.attempts_max, facts.attempts_made + 1)}"
    if group == Group.SAVABLE:
        return "First call still savable before the promise"
    if group == Group.FIRST_OVERDUE:
        return "First call, overdue"
    if facts.preferred_window == PreferredWindow.ANY:
        return "First call"
    if facts.is_window_unavailable:
        return f"First call; asked for {_PLURAL[facts.preferred_window]}, which calling hours do not reach"
    if in_window:
        return f"Asked for {_PLURAL[facts.preferred_window]}: in the window now"
    if facts.target_from is not None and facts.target_from > now:
        return f"First call, window opens {wording.day_and_clock(facts.target_from, now, zone)}"
    return f"First call; asked for {_PLURAL[facts.preferred_window]}"


_PLURAL = {
    PreferredWindow.MORNING: "mornings",
    PreferredWindow.AFTERNOON: "afternoons",
    PreferredWindow.EVENING: "evenings",
}


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)
