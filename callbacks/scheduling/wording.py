"""Scheduling's wording: instants and durations as a receptionist says them, clinic time, 24-hour clock."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from callbacks.scheduling.spans import Interval

# Names of our own: strftime's follow the machine's locale.
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def clock(at: datetime, zone: ZoneInfo) -> str:
    """Say the time of day: "09:40"."""
    return f"{at.astimezone(zone):%H:%M}"


def day(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Say the day: "today", or "Tue" within the six days around it, or "Tue 8 Dec"."""
    local, days_away = at.astimezone(zone), _days_away(at, now, zone)
    if days_away == 0:
        return "today"
    if abs(days_away) < 7:
        return _WEEKDAYS[local.weekday()]
    return f"{_WEEKDAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"


def day_and_clock(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Say day and time: "today 15:30", "tomorrow 09:40", "Mon 09:00", "Tue 8 Dec 09:00"."""
    spoken = "tomorrow" if _days_away(at, now, zone) == 1 else day(at, now, zone)
    return f"{spoken} {clock(at, zone)}"


def date_and_clock(at: datetime, zone: ZoneInfo) -> str:
    """Say the whole day and the time, whatever today is: "Tue 24 Nov, 11:40"."""
    local = at.astimezone(zone)
    return f"{_WEEKDAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}, {local:%H:%M}"


def shortest_clock(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Say the time alone, "13:00", when it is today, otherwise with its day: "tomorrow 09:40"."""
    return clock(at, zone) if _days_away(at, now, zone) == 0 else day_and_clock(at, now, zone)


def stretch(span: Interval, now: datetime, zone: ZoneInfo) -> str:
    """Say a stretch of one day: "Tue 08:00-12:00", "today 13:12-17:00"."""
    return f"{day(span.start, now, zone)} {clock(span.start, zone)}-{clock(span.end, zone)}"


def dates(first: date, last: date) -> str:
    """Say a run of dates with their year: "Thu 26 Nov 2026", "Thu 24 Dec 2026 - Fri 1 Jan 2027"."""
    said = [f"{_WEEKDAYS[one.weekday()]} {one.day} {_MONTHS[one.month - 1]} {one.year}" for one in (first, last)]
    return said[0] if first == last else " - ".join(said)


def duration(length: timedelta) -> str:
    """Say how long: "12 min", "1 h 20", "2 h", "3 days": whole minutes below two days, whole days from there."""
    minutes = length // timedelta(minutes=1)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h {minutes:02}" if minutes else f"{hours} h"


def _days_away(at: datetime, now: datetime, zone: ZoneInfo) -> int:
    return (at.astimezone(zone).date() - now.astimezone(zone).date()).days
