"""Config's load, what is invented: names, numbers and ids, the same for the same seed. Pure."""

from datetime import datetime
from hashlib import blake2b
from uuid import UUID

# Nobody's names: every combination is one.
_ONSETS = ("Ba", "Ce", "Do", "Fi", "Ga", "Hu", "Ja", "Ke", "Lo", "Mi", "Na", "Pe", "Qui", "Ro", "Sa", "Tu", "Va", "We", "Xi", "Zo")  # fmt: skip
_MIDDLES = ("l", "ld", "m", "n", "nd", "r", "rv", "s", "v", "z")
_ENDS = ("a", "e", "is", "o", "on", "y")
NAMES = tuple(f"{onset}{middle}{end}" for onset in _ONSETS for middle in _MIDDLES for end in _ENDS)
# 555-0100 to 555-0199 are kept for fiction in every area code.
_AREAS = (201, 202, 206, 212, 213, 214, 303, 305, 312, 313, 404, 412, 503, 512, 602, 612, 617, 702, 713, 816)
NUMBERS = tuple(f"+1{area}55501{line:02}" for area in _AREAS for line in range(100))
# One callback each, as a real number has: what a search by number is measured with.
RARE_NUMBERS = tuple(f"+120755501{line:02}" for line in range(100))
MOST_CALLERS = len(NAMES) * len(NUMBERS)


def number_of(caller: int) -> str:
    """The number of a clinic's n-th caller."""
    return NUMBERS[caller % len(NUMBERS)]


def name_of(caller: int) -> str:
    """The first name of a clinic's n-th caller: number and name together are nobody else's there."""
    return NAMES[caller // len(NUMBERS) % len(NAMES)]


def id_of(kind: str, n: int, at: datetime, *, seed: int) -> UUID:
    """The n-th id of a kind: a UUIDv7 of that instant, so that indexes are as dense as real ones."""
    chance = int.from_bytes(blake2b(f"{seed}|{kind}|{n}".encode(), digest_size=10).digest(), "big")
    milliseconds = int(at.timestamp() * 1000)
    high, low = chance >> 68, chance & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low)


def event_id_of(n: int, *, seed: int) -> UUID:
    """The n-th event's id, a UUIDv4 as the trail's are."""
    return UUID(bytes=blake2b(f"{seed}|event|{n}".encode(), digest_size=16).digest(), version=4)
