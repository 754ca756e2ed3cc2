"""The queue as it is read: the right rows in each view, as few queries for fifty as for one, and no more than is shown."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models.clinic import NamesInQueue
from audit.background import service_scope
from audit.events import QUEUE_CALLER_SHOWN
from callbacks.models import Callback
from callbacks.queries.queue import PAGE_SIZE, QueuePage, QueueView, queue_page
from callbacks.scheduling.ladder import Outcome
from callbacks.states import ClosedReason, Status
from lib import clock
from tests.callbacks.desk import claim, promise_calls, save
from tests.cast import OPEN_TUESDAY
from tests.policies.callers import promise_call


def read(cast, view: QueueView = QueueView.NEXT, *, user=None, after: str = "") -> QueuePage:
    clinic = type(cast.riverside).objects.get(pk=cast.riverside.pk)
    with service_scope("test", route="test"):
        return queue_page(clinic, view=view, user=user or cast.ana, now=clock.now(), after=after)


def refs(page: QueuePage) -> set[str]:
    return {row.ref for row in page.rows}


def close(callback: Callback) -> None:
    Callback.objects.filter(pk=callback.pk).update(
        status=Status.CLOSED, closed_reason=ClosedReason.BOOKED, closed_at=clock.now()
    )


@pytest.fixture
def desk(cast, tuesday):
    """One callback of each kind, by name."""
    names = ("ready", "held", "lapsed", "waiting", "review", "closed")
    found = dict(zip(names, promise_calls(cast.riverside, len(names)), strict=True))
    Callback.objects.filter(pk=found["review"].pk).update(status=Status.NEEDS_REVIEW)
    claim(found["lapsed"], cast.ben)
    tuesday.shift(timedelta(minutes=3))
    claim(found["held"], cast.ana)
    Callback.objects.filter(pk=found["waiting"].pk).update(not_before=clock.now() + timedelta(hours=1))
    close(found["closed"])
    promise_call(cast.hilltop, phone="+12025550199")
    return {name: callback.ref for name, callback in found.items()}


@pytest.mark.parametrize(
    ("view", "names"),
    [
        (QueueView.NEXT, {"ready", "held", "lapsed", "review"}),
        (QueueView.WAITING, {"waiting"}),
        (QueueView.MINE, {"held"}),
        (QueueView.REVIEW, {"review"}),
        (QueueView.CLOSED, {"closed"}),
    ],
)
def test_each_view_shows_its_own_and_nothing_of_another_clinic(cast, desk, view, names):
    assert refs(read(cast, view)) == {desk[name] for name in names}


def test_a_row_says_who_holds_it_and_what_may_be_done(cast, desk):
    rows = {row.ref: row for row in read(cast).rows}
    held, lapsed, review = rows[desk["held"]], rows[desk["lapsed"]], rows[desk["review"]]
    assert (held.holder, held.held_by_me, held.can_claim) == ("Ana", True, False)
    assert (lapsed.holder, lapsed.held_by_me, lapsed.can_claim) == ("", False, True)
    assert review.is_review
    assert "Needs review" in review.why
    (as_ben,) = [row for row in read(cast, user=cast.ben).rows if row.ref == desk["held"]]
    assert (as_ben.holder, as_ben.held_by_me) == ("Ana", False)


def test_a_row_shows_two_digits_and_tells_the_story_so_far(cast, dana):
    claim(dana, cast.ben)
    save(dana, cast.ben, Outcome.NO_ANSWER)
    (row,) = read(cast, QueueView.WAITING).rows
    assert (row.first_name, row.masked_number) == ("Dana", "••• ••43")
    assert (row.attempts_made, row.attempts_max) == (1, 4)
    assert row.last_outcome == "No answer, today 10:12, Ben"
    assert row.appointment_label == "Follow-up"
    assert "2025550143" not in repr(row)


@pytest.mark.parametrize(
    ("policy", "shown", "fields"),
    [
        (NamesInQueue.FULL, "Dana", ["first_name", "phone_tail"]),
        (NamesInQueue.INITIAL, "D.", ["first_name", "phone_tail"]),
        (NamesInQueue.NONE, "Caller", ["phone_tail"]),
    ],
)
def test_names_are_shown_as_the_clinic_wants_and_recorded_as_shown(cast, dana, trail, policy, shown, fields):
    type(cast.riverside).objects.update(names_in_queue=policy)
    (row,) = read(cast).rows
    assert row.first_name == shown
    (event,) = trail.events(QUEUE_CALLER_SHOWN)
    assert event["fields"] == fields
    assert (event["subject_id"], event["object_id"]) == (str(dana.caller_id), str(dana.pk))


def test_only_the_rows_of_the_page_are_recorded(cast, tuesday, trail):
    promise_calls(cast.riverside, PAGE_SIZE + 5)
    page = read(cast)
    assert len(page.rows) == PAGE_SIZE
    assert len(trail.events(QUEUE_CALLER_SHOWN)) == PAGE_SIZE
    assert len(read(cast, after=page.cursor).rows) == 5


def queries_to_read(cast, view: QueueView, *, rows: int) -> int:
    clinic = type(cast.riverside).objects.get(pk=cast.riverside.pk)
    with service_scope("test", route="test"), CaptureQueriesContext(connection) as seen:
        page = queue_page(clinic, view=view, user=cast.ana, now=clock.now())
    assert len(page.rows) == rows
    return len(seen)


@pytest.mark.parametrize("view", list(QueueView))
def test_fifty_rows_cost_as_many_queries_as_one(cast, tuesday, view):
    now = clock.now()
    promise_calls(cast.riverside, 50)
    # Tried by somebody and held by somebody, so that each row has people to name.
    Callback.objects.update(
        last_outcome=Outcome.NO_ANSWER,
        last_attempt_at=now,
        last_attempt_by=cast.ben,
        claimed_by=cast.ana,
        claim_token=uuid4(),
        claimed_at=now,
        lease_expires_at=now + timedelta(minutes=2),
        preferred_agent=cast.ben,
        reserved_until=now + timedelta(minutes=2),
    )
    if view is QueueView.WAITING:
        Callback.objects.update(not_before=now + timedelta(hours=1))
    elif view is QueueView.REVIEW:
        Callback.objects.update(status=Status.NEEDS_REVIEW)
    elif view is QueueView.CLINICAL:
        Callback.objects.update(status=Status.ESCALATED)
    elif view is QueueView.CLOSED:
        Callback.objects.update(status=Status.CLOSED, closed_reason=ClosedReason.BOOKED, closed_at=now)
    for_fifty = queries_to_read(cast, view, rows=50)
    lone = Callback.objects.first()
    Callback.objects.exclude(pk=lone.pk).update(clinic=cast.hilltop)
    assert queries_to_read(cast, view, rows=1) == for_fifty <= 5


def test_closed_ones_are_shown_latest_first(cast, tuesday):
    first, second, third = promise_calls(cast.riverside, 3)
    for callback in (second, first, third):
        close(callback)
        tuesday.shift(timedelta(minutes=1))
    assert [row.ref for row in read(cast, QueueView.CLOSED).rows] == [third.ref, first.ref, second.ref]


def test_urgent_and_repeat_and_language_are_seen_at_a_glance(cast, tuesday):
    promise_call(cast.riverside, urgency="urgent", appointment_type="consultation", language="es")
    promise_call(cast.riverside, urgency="urgent", language="es")
    (row,) = read(cast).rows
    assert row.appointment_label == "Urgent · Consultation"
    assert (row.repeat_count, row.language) == (2, "es")
    assert row.why == "Urgent words from the caller, not yet reached"


def test_the_time_there_is_told_where_the_number_tells_it(cast, tuesday):
    promise_call(cast.riverside, phone="+12135550123")
    promise_call(cast.riverside, phone="+18005550199")
    assert {row.their_time for row in read(cast).rows} == {"07:12 there", ""}
    assert clock.now() == OPEN_TUESDAY


@pytest.mark.parametrize("text", ["", "nothing", "NEXT", "next'--", "closed "])
def test_an_unknown_view_is_the_first_tab(text):
    assert QueueView.of(text) is QueueView.NEXT
