"""Scheduling's instants: aware moments, UTC at every boundary, and clock faces turned into them."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

MINUTES_A_DAY = 24 * 60


def in_utc(instant: datetime) -> datetime:
    """Return the same instant in UTC.

    Everything is computed in UTC because Python adds wall-clock time to aware datetimes of one zone: 24 h over the
    night the clocks fall back would last 25 (callbacks.md §2.5, 1). Raises ValueError for a naive datetime.
    """
    if instant.utcoffset() is None:
        raise ValueError("An instant needs a time zone.")
    return instant.astimezone(UTC)


def at_local_minute(day: date, minute: int, zone: tzinfo) -> datetime:
    """Return the instant, in UTC, at which clocks of the zone show this minute of this local date.

    `minute` counts from local midnight, 0 to 1440; 1440 is the next midnight (§2.5, 2). A clock face that is skipped in
    spring moves forward by the gap (02:30 on 2027-03-14 in New York is 03:30 EDT); one shown twice in autumn is the
    first of the two. Raises ValueError for a minute outside the day.
    """
    if not 0 <= minute <= MINUTES_A_DAY:
        raise ValueError("A minute of a day lies between 0 and 1440.")
    carried_days, minute_of_day = divmod(minute, MINUTES_A_DAY)
    clock_face = time(*divmod(minute_of_day, 60))
    # fold=0 reads a skipped face with the offset before the change: that is the move forward by the gap.
    return datetime.combine(day + timedelta(days=carried_days), clock_face, tzinfo=zone).astimezone(UTC)
