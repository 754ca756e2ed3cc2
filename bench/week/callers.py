"""The week's callers: when they ring, what they ask for, and how often they pick up. Invented, and the same for a seed.

Figures are inputs of the simulation, not findings: the volume a weekday brings is the one thing varied. One call in
three is answered (callbacks.md §2.4: 70 % are reached within three tries), somewhat more in the part of the day that
was asked for.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
# Share of a weekday's calls in each hour: most while the clinic is busy, a tail in the evening when it is closed.
CALLS_BY_HOUR = {7: 3, 8: 11, 9: 13, 10: 12, 11: 10, 12: 9, 13: 9, 14: 9, 15: 8, 16: 7, 17: 4, 18: 2, 19: 2, 20: 1}
WEEKEND_SHARE = 0.15
WINDOWS = {"morning": 40, "afternoon": 35, "any": 20, "evening": 5}
URGENT_SHARE = 0.04
AREAS = (201, 202, 203, 212, 215, 216, 239, 240, 248, 252, 267, 301, 302, 304, 305, 315, 321, 336, 347, 352)
NAMES = (
    "Ada",
    "Bea",
    "Cal",
    "Dov",
    "Eve",
    "Fay",
    "Gus",
    "Hal",
    "Ida",
    "Jan",
    "Kai",
    "Liv",
    "Mia",
    "Ned",
    "Oda",
    "Pia",
)

ANSWERED = 0.33
ANSWERED_IN_WINDOW = 0.38
# From one "call next" to the following: reading, dialling, ringing, talking, writing the outcome.
MINUTES_ANSWERED = 6
MINUTES_UNANSWERED = 3


@dataclass(frozen=True)
class Call:
    """One finished call to the assistant."""

    ended_at: datetime
    phone: str
    first_name: str
    window: str
    urgency: str


def calls_of_week(monday: date, *, days: int, per_weekday: int, seed: int) -> Iterator[Call]:
    """The calls of `days` days from a Monday, in order of their end."""
    dice = random.Random(seed)  # noqa: S311  # invented callers, no secrets
    number = 0
    for day in (monday + timedelta(days=n) for n in range(days)):
        count = per_weekday if day.weekday() < 5 else round(per_weekday * WEEKEND_SHARE)
        for instant in sorted(_instant(day, dice) for _ in range(count)):
            yield Call(
                ended_at=instant,
                phone=f"+1{AREAS[number // 100 % len(AREAS)]}55501{number % 100:02}",
                first_name=NAMES[number // (100 * len(AREAS)) % len(NAMES)],
                window=dice.choices(list(WINDOWS), list(WINDOWS.values()))[0],
                urgency="urgent" if dice.random() < URGENT_SHARE else "routine",
            )
            number += 1


def _instant(day: date, dice: random.Random) -> datetime:
    hour = dice.choices(list(CALLS_BY_HOUR), list(CALLS_BY_HOUR.values()))[0]
    return datetime(day.year, day.month, day.day, hour, dice.randrange(60), dice.randrange(60), tzinfo=ZONE)
