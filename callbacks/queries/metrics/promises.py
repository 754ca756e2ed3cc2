"""Callbacks' metrics of what was promised: to the caller, to ourselves, to the urgent ones, and at an agreed time."""

from datetime import datetime, timedelta

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce

from callbacks.calendars import clinic_calendar
from callbacks.models import Callback, Change
from callbacks.queries.metrics.period import DIALLED_AT, Period, Share, of_first_attempt, promised, standing_attempts
from callbacks.requests import Urgency
from callbacks.scheduling.due import URGENT_TIME, PromiseFlag
from callbacks.scheduling.hours import advance_callable
from callbacks.states import ClosedReason, Command, Status, WaitReason

AGREED_WITHIN = timedelta(minutes=15)
_UNKEEPABLE = Q(flags__contains=[PromiseFlag.PROMISE_UNKEEPABLE])


def promise_kept(period: Period) -> Share:
    """Of the promises that ran out in the period, those where somebody dialled by then, answered or not.

    A caller who was helped elsewhere by then counts as kept; one who cancelled by then, untried, is left out, and so
    are duplicates and test calls.
    """
    return _kept(period, Q())


def promise_kept_keepable(period: Period) -> Share:
    """As promise_kept, of the promises that opening hours left at least 30 callable minutes to keep."""
    return _kept(period, ~_UNKEEPABLE)


def promise_kept_unkeepable(period: Period) -> Share:
    """As promise_kept, of the promises that opening hours left less than 30 callable minutes to keep."""
    return _kept(period, _UNKEEPABLE)


def _kept(period: Period, which: Q) -> Share:
    cancelled = Q(closed_reason=ClosedReason.CANCELLED, closed_at__lte=F("promised_by"), first_attempt_at__isnull=True)
    dialled = Q(first_attempt_at__lte=F("promised_by"))
    helped = Q(closed_reason=ClosedReason.RESOLVED_ELSEWHERE, closed_at__lte=F("promised_by"))
    found = (
        promised(period)
        .filter(period.holds("promised_by"), which)
        .exclude(cancelled)
        .aggregate(whole=Count("pk"), part=Count("pk", filter=dialled | helped))
    )
    return Share(**found)


def due_kept(period: Period) -> Share:
    """Of the first calls that were due in the period, those dialled by the due time that held when they were dialled.

    The operational promise: the last workable moment. Never tried counts as missed once its due time passed; helped
    elsewhere or cancelled untried is left out.
    """
    rows = promised(period).annotate(first_due_at=Coalesce(of_first_attempt("due_at"), "due_at"))
    untried_and_closed = Q(first_attempt_at__isnull=True, status=Status.CLOSED)
    found = (
        rows.filter(period.holds("first_due_at"))
        .exclude(untried_and_closed)
        .aggregate(whole=Count("pk"), part=Count("pk", filter=Q(first_attempt_at__lte=F("first_due_at"))))
    )
    return Share(**found)


def urgent_kept(period: Period) -> Share:
    """Of the urgent calls received in the period, those dialled within 30 minutes in which they could be called.

    Left out: untried ones whose 30 minutes are not over, and untried ones closed before they were.
    """
    calendar, part, whole = clinic_calendar(period.clinic), 0, 0
    urgent = promised(period).filter(period.holds("received_at"), urgency=Urgency.URGENT)
    # Hours are the pure calendar's to reckon; urgent calls are few.
    for row in urgent.only("received_at", "first_attempt_at", "closed_at", "zone_names"):
        limit = advance_callable(calendar, row.received_at, URGENT_TIME, row.recipient_zones)
        if row.first_attempt_at is not None:
            part += limit is not None and row.first_attempt_at <= limit
            whole += 1
        elif limit is not None and limit <= (row.closed_at or period.now):
            whole += 1
    return Share(part, whole)


def agreed_time_kept(period: Period) -> Share:
    """Of the times agreed with callers that came in the period, those where somebody dialled within 15 minutes of it,
    before or after.

    Put off or skipped after the time came, or still waiting 15 minutes later, counts as missed.
    """
    tries = (
        standing_attempts(period)
        .annotate(dialled_at=DIALLED_AT)
        .filter(period.holds("agreed_for"))
        .order_by("callback", "agreed_for", "seq")
    )
    # A busy line is dialled again for the same agreement: the first try counts.
    first_tries = tries.distinct("callback", "agreed_for").values_list("dialled_at", "agreed_for")
    met = [abs(dialled_at - agreed_for) <= AGREED_WITHIN for dialled_at, agreed_for in first_tries if agreed_for]
    forgotten = Callback.objects.filter(
        period.holds("not_before"),
        clinic=period.clinic,
        wait_reason=WaitReason.AGREED,
        not_before__lt=period.now - AGREED_WITHIN,
    ).exclude(status=Status.CLOSED)
    return Share(sum(met), len(met) + forgotten.count() + _put_off(period))


def _put_off(period: Period) -> int:
    """Agreed times that had come when somebody skipped or put off the call."""
    changes = Change.objects.filter(
        callback__clinic=period.clinic,
        command__in=(Command.SKIP, Command.SNOOZE),
        before__wait_reason=WaitReason.AGREED,
        made_at__gte=period.start,
        undone_at__isnull=True,
    )
    times = (
        (datetime.fromisoformat(before["not_before"]), made_at)
        for before, made_at in changes.values_list("before", "made_at")
        if before.get("not_before")
    )
    return sum(period.start <= agreed_for < period.until and agreed_for <= made_at for agreed_for, made_at in times)
