"""Callbacks' metrics of reaching people: how soon, after how many tries, and whether they had to ring again."""

from collections import defaultdict
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from callbacks.models import Callback
from callbacks.queries.metrics.period import DIALLED_AT, Period, Share, of_first_attempt, promised, standing_attempts
from callbacks.services.attempts import REACHED
from callbacks.states import ClosedReason

REPEAT_WITHIN = timedelta(hours=72)
MOST_TRIES = 4


def first_attempt_reach(period: Period) -> Share:
    """Of the callbacks first dialled in the period, those where that first try reached the caller."""
    rows = promised(period).filter(period.holds("first_attempt_at")).annotate(outcome=of_first_attempt("outcome"))
    return Share(**rows.aggregate(whole=Count("pk"), part=Count("pk", filter=Q(outcome__in=REACHED))))


def reach_within(period: Period) -> dict[int, Share]:
    """Of the callbacks received in the period, those reached by the first, second, third, fourth try that counts.

    Redials of a busy line or a failed connection do not count as tries of their own. Callbacks still waiting are in the
    whole, so a recent period grows.
    """
    callbacks = promised(period).filter(period.holds("received_at"))
    tries: dict[UUID, int] = defaultdict(int)
    reached_by: dict[UUID, int] = {}
    rows = (
        standing_attempts(period)
        .annotate(dialled_at=DIALLED_AT)
        .filter(callback__in=callbacks)
        .order_by("dialled_at", "seq")
    )
    for callback_id, counts, outcome in rows.values_list("callback_id", "counts", "outcome"):
        tries[callback_id] += counts
        if outcome in REACHED:
            reached_by.setdefault(callback_id, max(tries[callback_id], 1))
    whole = callbacks.count()
    return {n: Share(sum(by <= n for by in reached_by.values()), whole) for n in range(1, MOST_TRIES + 1)}


def attempts_per_reach(period: Period) -> float | None:
    """Tries that count, dialled in the period, for each caller first reached in it; None when nobody was."""
    tries = (
        standing_attempts(period)
        .annotate(dialled_at=DIALLED_AT)
        .filter(period.holds("dialled_at"), counts=True)
        .count()
    )
    reached = promised(period).filter(period.holds("reached_at")).count()
    return tries / reached if reached else None


def unreachable(period: Period) -> Share:
    """Of the callbacks closed in the period, those given up because nobody was reached."""
    closed = promised(period).filter(period.holds("closed_at"))
    part = Count("pk", filter=Q(closed_reason=ClosedReason.UNREACHABLE))
    return Share(**closed.aggregate(whole=Count("pk"), part=part))


def repeat_within_72h(period: Period) -> Share:
    """Of the callbacks closed in the period, those whose caller rang again within 72 hours of the end.

    The younger the period, the more may still ring.
    """
    again = Callback.objects.filter(
        caller=OuterRef("caller"),
        received_at__gt=OuterRef("closed_at"),
        received_at__lte=OuterRef("closed_at") + REPEAT_WITHIN,
    ).exclude(pk=OuterRef("pk"))
    closed = promised(period).filter(period.holds("closed_at"))
    return Share(
        **closed.annotate(rang=Exists(again)).aggregate(whole=Count("pk"), part=Count("pk", filter=Q(rang=True)))
    )
