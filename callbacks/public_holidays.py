"""Callbacks' public holidays: the days of a year on which a clinic may want to close, for a person to confirm."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from holidays import country_holidays

THURSDAY = 3


@dataclass(frozen=True, order=True)
class ProposedDay:
    """One day that might be closed. `is_official` is False for what no law lists and most clinics keep."""

    day: date
    label: str
    is_official: bool


def proposed_days(region: str, year: int) -> list[ProposedDay]:
    """The public holidays of a country in a year, by date; for the United States two more.

    Its federal list lacks the day after Thanksgiving and Christmas Eve, on which clinics there seldom call. A country
    whose holidays are not known has none.
    """
    try:
        official = country_holidays(region, years=year)
    except NotImplementedError:
        return []
    found = {day: ProposedDay(day, label, is_official=True) for day, label in official.items() if day.year == year}
    if region == "US":
        for day, label in (
            (thanksgiving(year) + timedelta(days=1), _("Day after Thanksgiving")),
            (date(year, 12, 24), _("Christmas Eve")),
        ):
            found.setdefault(day, ProposedDay(day, label, is_official=False))
    return sorted(found.values())


def thanksgiving(year: int) -> date:
    """The fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(THURSDAY - first.weekday()) % 7 + 21)
