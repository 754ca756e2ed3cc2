"""Scheduling's zones: where a number may be ringing, as far as a number can tell."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone

# More candidates than this are no hint: a toll-free number names every zone of North America.
MOST_ZONES = 4


def recipient_zones(e164: str) -> tuple[ZoneInfo, ...]:
    """Return the time zones a number (E.164, "+1...") may be in; empty means: unknown, the clinic's zone stands for it.

    A hint only (callbacks.md §2.5, 2): area codes straddle borders and mobile numbers move with people. Empty for a
    number that does not parse, is not valid, or has no zone, more than four zones or one this machine does not know.
    """
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return ()
    names = timezone.time_zones_for_number(number)
    if timezone.UNKNOWN_TIMEZONE in names or len(names) > MOST_ZONES:
        return ()
    try:
        return tuple(ZoneInfo(name) for name in names)
    except ZoneInfoNotFoundError:
        # One candidate that cannot be honoured makes the rest a guess.
        return ()
