"""Callbacks' grid of weekly hours: what somebody typed, day by day, and what is wrong with it, in sentences."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from callbacks.scheduling.instants import MINUTES_A_DAY
from callbacks.scheduling.week import Week, WeekPeriod, overlapping

WEEKDAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
WORKING_DAYS = range(1, 5)
# More stretches than this in a day is a mistake.
MOST_ROWS = 6

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(:00)?")


@dataclass
class GridRow:
    """One stretch as it was typed; `key` names its fields."""

    key: str
    opens: str = ""
    closes: str = ""
    next_day: bool = False
    problem: str = ""
    is_new: bool = False

    @property
    def is_blank(self) -> bool:
        return not (self.opens or self.closes)


@dataclass
class GridDay:
    weekday: int
    label: str | Promise
    rows: list[GridRow] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return len(self.rows) >= MOST_ROWS


@dataclass(frozen=True)
class GridProblem:
    """A sentence for the summary, and the field it is about."""

    sentence: str
    field_id: str


class StretchError(Exception):
    """What was typed is no open stretch; the sentence says why and follows its day."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def read_stretch(row: GridRow) -> tuple[int, int]:
    """Opening and closing minute as `Period` takes them. Raises StretchError."""
    opens, closes = _minute(row.opens), _minute(row.closes)
    names = {"opens": row.opens, "closes": row.closes}
    if opens is None or closes is None:
        raise StretchError(_("give both times, as 08:00 and 12:00."))
    # The end of a day is the next midnight, which a time field can only say as 00:00.
    closes = closes or MINUTES_A_DAY
    if row.next_day and closes != MINUTES_A_DAY and closes >= opens:
        raise StretchError(_("%(opens)s to %(closes)s of the next day is longer than a day.") % names)
    if not row.next_day and closes <= opens:
        raise StretchError(_("%(closes)s is not after %(opens)s. Tick “next day” if it runs over midnight.") % names)
    return opens, closes


class HoursGrid:
    """Seven days of typed stretches. `check` reads them as a week; a grid with problems has none."""

    def __init__(self, days: list[GridDay]) -> None:
        self.days = days
        self.problems: list[GridProblem] = []

    @classmethod
    def of_week(cls, week: Week) -> "HoursGrid":
        """The grid of stored hours; a closed day has one blank row."""
        typed = {
            f"{name}-{period.weekday}-{number}": value
            for weekday in range(7)
            for number, period in enumerate(sorted(one for one in week if one.weekday == weekday))
            for name, value in _typed(period).items()
        }
        return cls.of_form(typed)

    @classmethod
    def of_form(cls, typed: Mapping[str, str]) -> "HoursGrid":
        """The grid as a form sent it; blank rows go, except a day's only one."""
        days = []
        for weekday, label in enumerate(WEEKDAYS):
            rows = [typed_row(typed, f"{weekday}-{number}") for number in range(MOST_ROWS)]
            days.append(GridDay(weekday, label, [row for row in rows if not row.is_blank] or [GridRow("")]))
        grid = cls(days)
        grid._name_rows()
        return grid

    def add_row(self, weekday: int) -> None:
        """One more stretch for a day, with the focus in it."""
        day = self.days[weekday]
        if not day.is_full:
            day.rows.append(GridRow("", is_new=True))
        self._name_rows()

    def drop_row(self, weekday: int, number: int) -> None:
        day = self.days[weekday]
        day.rows = [row for place, row in enumerate(day.rows) if place != number] or [GridRow("")]
        self._name_rows()

    def copy_monday(self) -> None:
        """Tuesday to Friday as Monday is typed."""
        for weekday in WORKING_DAYS:
            self.days[weekday].rows = [GridRow("", row.opens, row.closes, row.next_day) for row in self.days[0].rows]
        self._name_rows()

    def check(self) -> Week | None:
        """The typed week; None where something is wrong, each thing said in `problems` and at its row."""
        self.problems = []
        for day in self.days:
            for row in day.rows:
                row.problem = ""
        read = {
            period: (day, row)
            for day in self.days
            for row in day.rows
            if not row.is_blank and (period := self._read(day, row)) is not None
        }
        for one, other in overlapping(read):
            day, row = read[other]
            self._refuse(
                row,
                _("%(day)s: %(one)s and %(other)s overlap.")
                % {"day": day.label, "one": one.hours, "other": other.hours},
            )
        if not self.problems and not read:
            self._refuse(
                self.days[0].rows[0],
                _("Give at least one day. To close for a time, use closed days; the hours stay for afterwards."),
            )
        self.problems.sort(key=lambda problem: problem.field_id.partition("-")[2])
        return None if self.problems else tuple(sorted(read))

    def _read(self, day: GridDay, row: GridRow) -> WeekPeriod | None:
        try:
            return WeekPeriod(day.weekday, *read_stretch(row))
        except StretchError as error:
            self._refuse(row, f"{day.label}: {error.sentence}")
            return None

    def _refuse(self, row: GridRow, sentence: str) -> None:
        row.problem = sentence
        self.problems.append(GridProblem(sentence, f"opens-{row.key}"))

    def _name_rows(self) -> None:
        for day in self.days:
            for number, row in enumerate(day.rows):
                row.key = f"{day.weekday}-{number}"


def typed_row(typed: Mapping[str, str], key: str) -> GridRow:
    """The stretch whose fields are named by this key, as it was typed."""
    opens, closes = (str(typed.get(f"{name}-{key}", ""))[:8].strip() for name in ("opens", "closes"))
    return GridRow(key, opens, closes, bool(typed.get(f"next-{key}")))


def _typed(period: WeekPeriod) -> dict[str, str]:
    closes = period.closes_minute % MINUTES_A_DAY
    return {
        "opens": f"{period.opens_minute // 60:02}:{period.opens_minute % 60:02}",
        "closes": f"{closes // 60:02}:{closes % 60:02}",
        "next": "on" if 0 < closes < period.opens_minute else "",
    }


def _minute(text: str) -> int | None:
    found = _CLOCK.fullmatch(text)
    return int(found[1]) * 60 + int(found[2]) if found else None
