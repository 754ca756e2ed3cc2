"""The clinics, callers and instants that the scheduling tests share; all invented."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from callbacks.scheduling.bands import PreferredWindow
from callbacks.scheduling.hours import ClinicCalendar, ClosedDays, Period

NEW_YORK = ZoneInfo("America/New_York")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
ANCHORAGE = ZoneInfo("America/Anchorage")
ADAK = ZoneInfo("America/Adak")
PHOENIX = ZoneInfo("America/Phoenix")

DAY = (Period.parse("08:00-12:00"), Period.parse("13:00-17:00"))

# The clinic of callbacks.md §2.5: weekdays with a lunch break, closed for Thanksgiving 2026 and the day after.
RIVERSIDE = ClinicCalendar(
    zone=NEW_YORK,
    weekly=dict.fromkeys(range(5), DAY),
    closures=(ClosedDays(date(2026, 11, 26), date(2026, 11, 27)),),
)
NEVER_OPEN = ClinicCalendar(zone=NEW_YORK, weekly={})
ALWAYS_OPEN = ClinicCalendar(zone=NEW_YORK, weekly=dict.fromkeys(range(7), (Period.parse("00:00-24:00"),)))


def local(text: str, zone: ZoneInfo = NEW_YORK, fold: int = 0) -> datetime:
    """An instant in UTC from what the clocks of a zone show: "2026-11-17 10:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def shown(instant: datetime | None, zone: ZoneInfo = NEW_YORK) -> str:
    """What the clocks of a zone show at an instant: "Tue 2026-11-17 10:00"; "never" for none."""
    return "never" if instant is None else f"{instant.astimezone(zone):%a %Y-%m-%d %H:%M}"


def minutes(amount: float) -> timedelta:
    return timedelta(minutes=amount)


instants = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 31), timezones=st.just(UTC))
zones_of_callers = st.sampled_from([(), (NEW_YORK,), (LOS_ANGELES,), (ANCHORAGE, ADAK), (PHOENIX, LOS_ANGELES)])
windows = st.sampled_from(PreferredWindow)


@st.composite
def periods(draw: st.DrawFn) -> Period:
    """Any period, in quarters of an hour; some run over midnight."""
    opens = draw(st.integers(0, 95))
    closes = draw(st.integers(0, 96).filter(lambda quarter: quarter != opens))
    return Period(opens * 15, closes * 15)


days = st.lists(periods(), max_size=3).map(tuple)


@st.composite
def calendars(draw: st.DrawFn) -> ClinicCalendar:
    """Any clinic, including ones never open, with overlapping periods, closures and special days."""
    dates = st.dates(date(2026, 1, 1), date(2027, 12, 31))
    first = draw(dates)
    return ClinicCalendar(
        zone=draw(
            st.sampled_from([NEW_YORK, LOS_ANGELES, ANCHORAGE, ZoneInfo("UTC"), ZoneInfo("Australia/Lord_Howe")])
        ),
        weekly=draw(st.dictionaries(st.integers(0, 6), days)),
        closures=(ClosedDays(first, first + timedelta(days=draw(st.integers(0, 30)))),),
        special_days=draw(st.dictionaries(dates, days, max_size=3)),
    )
