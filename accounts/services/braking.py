"""Accounts' brake on guessing: each try is counted before it is looked at, in PostgreSQL, so that all processes share it.

Tries are counted by name and address together, by name, and by address; beyond some free ones each makes the next wait,
twice as long every time. Who got in from an address before is held by that pair alone: strangers who guess at a name,
or a noisy neighbour behind the same address, cannot keep its owner out (docs/decisions/0020).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction

from accounts.models import Brake, BrakeKind
from lib import clock
from lib.digests import keyed_digest


@dataclass(frozen=True)
class Rule:
    """`free` tries cost nothing; then 1, 2, 4 ... seconds, `longest` at most. All is forgotten after `forgets`."""

    free: int
    longest: timedelta
    forgets: timedelta


RULES = {
    BrakeKind.PAIR: Rule(free=5, longest=timedelta(minutes=15), forgets=timedelta(hours=1)),
    BrakeKind.NAME: Rule(free=20, longest=timedelta(minutes=15), forgets=timedelta(hours=1)),
    BrakeKind.ADDRESS: Rule(free=40, longest=timedelta(minutes=5), forgets=timedelta(minutes=15)),
}
PROVED_FOR = timedelta(days=30)
# Rows of names nobody has; swept when somebody gets in.
KEPT_FOR = timedelta(days=2)


def count_try(what: str, name: str, address: str | None) -> int:
    """Count a try and say how many seconds to wait first: 0 lets it happen, anything else means it must not.

    `what` is the kind of proof ("password", "factor"), `name` whose it would be, known or not. A try that has to wait is
    not counted, so that impatience does not lengthen the wait. Locks the rows for an instant, in a fixed order.
    """
    now = clock.now()
    keys = _keys(what, name, address)
    with transaction.atomic():
        brakes = [_locked(kind, key, now) for kind, key in keys.items()]
        pair = brakes[0]
        if pair.proved_at is not None and pair.proved_at > now - PROVED_FOR:
            brakes = [pair]
        wait = max(((brake.held_until or now) - now).total_seconds() for brake in brakes)
        if wait > 0:
            return ceil(wait)
        for brake in brakes:
            _count(brake, now)
    return 0


def forgive(what: str, name: str, address: str | None) -> None:
    """Somebody got in: their name and pair start anew, and the pair is known from now on. The address keeps its count."""
    now = clock.now()
    keys = _keys(what, name, address)
    Brake.objects.filter(kind=BrakeKind.NAME, key=keys[BrakeKind.NAME]).update(tries=0, held_until=None)
    Brake.objects.filter(kind=BrakeKind.PAIR, key=keys[BrakeKind.PAIR]).update(
        tries=0, held_until=None, tried_at=now, proved_at=now
    )
    Brake.objects.filter(tried_at__lt=now - KEPT_FOR, proved_at=None).delete()
    Brake.objects.filter(tried_at__lt=now - PROVED_FOR).delete()


def _keys(what: str, name: str, address: str | None) -> dict[BrakeKind, str]:
    """Pair first: the others may not matter."""
    folded, source = name.casefold(), address or "nowhere"
    return {
        BrakeKind.PAIR: keyed_digest("accounts.brake", f"{what}|pair|{source}|{folded}"),
        BrakeKind.NAME: keyed_digest("accounts.brake", f"{what}|name|{folded}"),
        BrakeKind.ADDRESS: keyed_digest("accounts.brake", f"{what}|address|{source}"),
    }


def _locked(kind: BrakeKind, key: str, now: datetime) -> Brake:
    Brake.objects.get_or_create(kind=kind, key=key, defaults={"tried_at": now})
    return Brake.objects.select_for_update().get(kind=kind, key=key)


def _count(brake: Brake, now: datetime) -> None:
    rule = RULES[BrakeKind(brake.kind)]
    if brake.tried_at < now - rule.forgets:
        brake.tries = 0
    brake.tries += 1
    brake.tried_at = now
    over = brake.tries - rule.free
    brake.held_until = now + min(timedelta(seconds=2 ** min(over, 20)), rule.longest) if over >= 0 else None
    brake.save(update_fields=["tries", "tried_at", "held_until"])
