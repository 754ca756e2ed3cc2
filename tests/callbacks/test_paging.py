"""Pages of the queue: every row once, in one order, whatever the rows look like and wherever a page ends."""

import random
from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models import F

from callbacks.models import Callback
from callbacks.queries.paging import after_closed, after_row
from callbacks.queries.ready import QUEUE_ORDER
from callbacks.states import ClosedReason, Status
from tests.callbacks.desk import promise_calls
from tests.cast import OPEN_TUESDAY

ROWS = 60


def shuffled_rows(cast, seed: int) -> list[UUID]:
    """Open callbacks whose order columns are drawn from few values, so that many tie; their ids in queue order."""
    draw = random.Random(seed)
    rows = promise_calls(cast.riverside, ROWS)
    moments = [OPEN_TUESDAY + timedelta(minutes=n) for n in range(3)]
    for row in rows:
        row.priority_group = draw.randrange(3)
        row.is_in_window = draw.random() < 0.5
        row.skips_count = draw.choice([0, 0, 0, 1, 2])
        row.due_at = draw.choice([None, *moments])
        row.flags = [] if row.due_at else ["no_callable_time"]
        row.received_at = draw.choice(moments) - timedelta(hours=1)
    Callback.objects.bulk_update(
        rows, ["priority_group", "is_in_window", "skips_count", "due_at", "flags", "received_at"]
    )
    return list(Callback.objects.order_by(*QUEUE_ORDER).values_list("pk", flat=True))


def pages(cast, size: int) -> list[UUID]:
    """All ids as somebody meets them who turns every page."""
    met: list[UUID] = []
    cursor = ""
    # A page that never ends must fail, not hang.
    while len(met) <= 2 * ROWS:
        rows = after_row(Callback.objects.all(), cast.riverside, cursor).order_by(*QUEUE_ORDER)[:size]
        page = list(rows.values_list("pk", flat=True))
        if not page:
            break
        met += page
        cursor = str(page[-1])
    return met


@pytest.mark.parametrize("seed", range(4))
def test_turning_all_pages_meets_every_row_once_and_in_order(cast, tuesday, seed):
    ordered = shuffled_rows(cast, seed)
    for size in (1, 7, 59, 60, 61):
        assert pages(cast, size) == ordered


def test_closed_pages_meet_every_row_once(cast, tuesday):
    draw = random.Random(5)
    rows = promise_calls(cast.riverside, 20)
    for row in rows:
        row.status, row.closed_reason = Status.CLOSED, ClosedReason.BOOKED
        row.closed_at = OPEN_TUESDAY + timedelta(minutes=draw.randrange(4))
    Callback.objects.bulk_update(rows, ["status", "closed_reason", "closed_at"])
    order = (F("closed_at").desc(), "id")
    ordered = list(Callback.objects.order_by(*order).values_list("pk", flat=True))
    met: list[UUID] = []
    for _ in range(len(ordered)):
        found = after_closed(Callback.objects.all(), cast.riverside, str(met[-1]) if met else "").order_by(*order)[:3]
        met += found.values_list("pk", flat=True)
    assert met == ordered


@pytest.mark.parametrize("cursor", ["", "x", "'; --", "0" * 5000, "d6cf347b-f723-4230-bff3-c5799202809a", "\x00"])
def test_a_cursor_that_is_none_starts_at_the_first_page(cast, tuesday, cursor):
    promise_calls(cast.riverside, 3)
    assert after_row(Callback.objects.all(), cast.riverside, cursor).count() == 3
    assert after_closed(Callback.objects.all(), cast.riverside, cursor).count() == 3


def test_another_clinics_row_is_no_cursor(cast, tuesday):
    promise_calls(cast.riverside, 3)
    (foreign,) = promise_calls(cast.hilltop, 1)
    rows = Callback.objects.filter(clinic=cast.riverside)
    assert after_row(rows, cast.riverside, str(foreign.pk)).count() == 3


def test_a_row_that_left_the_view_is_still_a_cursor(cast, tuesday):
    first, *others = list(Callback.objects.filter(pk__in=shuffled_rows(cast, 9)).order_by(*QUEUE_ORDER)[:5])
    Callback.objects.filter(pk=first.pk).update(
        status=Status.CLOSED, closed_reason=ClosedReason.BOOKED, closed_at=OPEN_TUESDAY
    )
    open_rows = Callback.objects.exclude(status=Status.CLOSED)
    found = after_row(open_rows, cast.riverside, str(first.pk)).order_by(*QUEUE_ORDER)
    assert list(found[:4]) == others
