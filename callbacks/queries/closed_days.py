"""Callbacks' closed and special days as their page lists them; dates are of the clinic's own calendar."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from accounts.models import Clinic
from callbacks.models import Closure, SpecialDay
from callbacks.scheduling.week import clock_text
from callbacks.scheduling.wording import dates

# Of those that are over; nobody looks further back than a year.
MOST_PAST = 60


@dataclass(frozen=True)
class DayRow:
    """One closure, or one date with hours of its own. `hours` is "" for a closed one, `why` for the other."""

    id: UUID
    days: str
    why: str
    hours: str
    first_on: date
    is_over: bool

    @property
    def is_closed(self) -> bool:
        return not self.hours


def coming_days(clinic: Clinic, today: date) -> list[DayRow]:
    """Closed and special days that are not over, by date."""
    closures = Closure.objects.filter(clinic=clinic, last_on__gte=today)
    special = SpecialDay.objects.filter(clinic=clinic, day_on__gte=today)
    return sorted(_rows(closures, special, today), key=lambda row: row.first_on)


def past_days(clinic: Clinic, today: date) -> list[DayRow]:
    """Those that are over, the latest first; at most sixty of each."""
    closures = Closure.objects.filter(clinic=clinic, last_on__lt=today).order_by("-first_on")[:MOST_PAST]
    special = SpecialDay.objects.filter(clinic=clinic, day_on__lt=today).order_by("-day_on")[:MOST_PAST]
    return sorted(_rows(closures, special, today), key=lambda row: row.first_on, reverse=True)


def _rows(closures: Iterable[Closure], special: Iterable[SpecialDay], today: date) -> list[DayRow]:
    found = [
        DayRow(
            id=closure.pk,
            days=dates(closure.first_on, closure.last_on),
            why=closure.label,
            hours="",
            first_on=closure.first_on,
            is_over=closure.last_on < today,
        )
        for closure in closures
    ]
    in_order = sorted(special, key=lambda row: (row.day_on, row.opens_minute))
    for day, group in groupby(in_order, key=lambda row: row.day_on):
        stretches = list(group)
        found.append(
            DayRow(
                id=stretches[0].pk,
                days=dates(day, day),
                why="",
                hours=", ".join(
                    f"{clock_text(row.opens_minute)}-{clock_text(row.closes_minute)}" for row in stretches
                ),
                first_on=day,
                is_over=day < today,
            )
        )
    return found
