"""Reads VAPI's instants, which come as ISO text, seconds or milliseconds, and says from when the promise runs."""

from datetime import UTC, datetime, timedelta

from intake.sources.vapi.envelope import number_of

# Seconds stay below this until the year 5138; milliseconds passed it in 1973.
_SMALLEST_MILLISECONDS = 10**11
_LONGEST_TEXT = 40
_YEARS = range(2000, 2101)
_LONGEST_CALL_SECONDS = 24 * 60 * 60
_OLDEST_PROMISE = timedelta(hours=24)


def parse_instant(value: object) -> datetime | None:
    """Return an aware UTC datetime of 2000 to 2100; None for anything else. Text without an offset is UTC."""
    if isinstance(value, str):
        return _instant_of_text(value)
    number = number_of(value)
    if number is None:
        return None
    seconds = number / 1000 if abs(number) >= _SMALLEST_MILLISECONDS else number
    try:
        instant = datetime.fromtimestamp(seconds, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return instant if instant.year in _YEARS else None


def parse_duration(seconds: object, milliseconds: object) -> int | None:
    """Return a call's length in whole seconds from the two hints, at most a day."""
    value = number_of(seconds)
    if value is None:
        value = number_of(milliseconds)
        value = None if value is None else value / 1000
    if value is None or not 0 <= value <= _LONGEST_CALL_SECONDS:
        return None
    return round(value)


def promise_base(call_ended_at: datetime | None, received_at: datetime) -> datetime:
    """Return the instant the promise runs from: the call's end, within the 24 hours before the delivery."""
    if call_ended_at is None:
        return received_at
    return min(max(call_ended_at, received_at - _OLDEST_PROMISE), received_at)


def _instant_of_text(text: str) -> datetime | None:
    if len(text) > _LONGEST_TEXT:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Before converting: an offset at the edge of the calendar would overflow.
    if instant.year not in _YEARS:
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
