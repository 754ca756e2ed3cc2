"""Scheduling's clock badge: how a callback's clock stands, in words that need no colour (callbacks.md §2.2, §3.1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from callbacks.scheduling import wording
from callbacks.scheduling.hours import ClinicCalendar, callable_time_between
from callbacks.scheduling.instants import in_utc

AT_RISK = timedelta(minutes=90)
CRITICAL = timedelta(minutes=30)

_MINUTE = timedelta(minutes=1)


class BadgeKind(StrEnum):
    """How a badge looks; what it means stands in its label."""

    URGENT = "urgent"
    RISK = "risk"
    OK = "ok"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Badge:
    kind: BadgeKind
    label: str


def badge(
    due_at: datetime | None,
    promised_by: datetime,
    now: datetime,
    calendar: ClinicCalendar,
    recipient_zones: tuple[ZoneInfo, ...] = (),
    *,
    not_before: datetime | None = None,
    is_attempted: bool = False,
) -> Badge:
    """Return the clock badge of a callback that is not closed. Aware instants in; label in clinic time, 24-hour clock.

    Waiting until `not_before` says so; otherwise overdue once `due_at` has passed, critical up to 30 callable minutes before,
    at risk up to 90. "Promise cannot be kept" stands while no call was made and due lies after the promise.
    Time left is callable time; where that is less than the clock's, the label adds the due time.
    """
    now, zone = in_utc(now), calendar.zone
    if not_before is not None and not_before > now:
        return Badge(BadgeKind.WAIT, f"waits {wording.shortest_clock(not_before, now, zone)}")
    if due_at is None:
        return Badge(BadgeKind.URGENT, "no callable time in 21 days")
    due_at = in_utc(due_at)
    if now > due_at:
        return Badge(BadgeKind.URGENT, f"overdue {wording.duration(max(now - due_at, _MINUTE))}")

    left = callable_time_between(calendar, now, due_at, recipient_zones)
    kind = BadgeKind.URGENT if left <= CRITICAL else BadgeKind.RISK if left <= AT_RISK else BadgeKind.OK
    due = wording.shortest_clock(due_at, now, zone)
    if not is_attempted and due_at > in_utc(promised_by):
        at_least_risk = BadgeKind.URGENT if kind == BadgeKind.URGENT else BadgeKind.RISK
        return Badge(at_least_risk, f"promise cannot be kept: due {due}")
    if kind == BadgeKind.OK:
        return Badge(kind, wording.day_and_clock(due_at, now, zone))
    if left < _MINUTE:
        return Badge(kind, "due now" if due_at - now < _MINUTE else f"due {due}")
    label = f"{wording.duration(left)} left"
    return Badge(kind, label if due_at - now == left else f"{label}, due {due}")
