"""Anchors' standing, for the officer's page and the watch: which are named, how far each got, which are behind.

Reads settings and rows only; the anchors themselves, with their credentials, are the sealer's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from audit.models import AnchorState, Seal
from lib import clock

# The slowest anchor pauses ten minutes; an hour of silence means somebody has to look.
BEHIND_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Standing:
    """One named anchor; `kept_at` (UTC) is None before its first head; `problem` is a closed word or empty.

    Behind: a seal it did not take is older than BEHIND_AFTER.
    """

    name: str
    seal_n: int
    kept_at: datetime | None
    problem: str
    is_behind: bool


def anchor_standings() -> list[Standing]:
    """Every anchor the operator named, as it stands now. Reads on `audit_reader` and `default`."""
    named = {
        "file": settings.AUDIT_ANCHOR_PATH,
        "syslog": settings.AUDIT_ANCHOR_SYSLOG,
        "bucket": settings.AUDIT_ANCHOR_BUCKET,
    }
    states = AnchorState.objects.in_bulk()
    return [_standing(states.get(name) or AnchorState(name=name)) for name, place in named.items() if place]


def anchors_behind() -> list[Standing]:
    """Those that have not taken a head for too long although there is a newer one."""
    return [standing for standing in anchor_standings() if standing.is_behind]


def _standing(state: AnchorState) -> Standing:
    missed = Seal.objects.using("audit_reader").filter(n__gt=state.seal_n).order_by("n").first()
    is_behind = missed is not None and clock.now() - missed.stored_at > BEHIND_AFTER
    return Standing(state.name, state.seal_n, state.kept_at, state.problem, is_behind)
