"""Reviews: a person puts a defective report in order, and it is called after all or closed."""

from datetime import timedelta

import pytest

from audit.events import CALLBACK_REVIEWED
from callbacks.models import Callback
from callbacks.services.claiming import LEASE
from callbacks.services.refusals import ClaimLostRefusal, NoNumberRefusal, OutdatedFormRefusal
from callbacks.services.reviewing import ReviewDecision
from callbacks.states import Status, TransitionError
from tests.callbacks.desk import call_next, claim, release, review
from tests.cast import OPEN_TUESDAY
from tests.policies.callers import promise_call


@pytest.fixture
def odd(cast, tuesday):
    """A report with an odd name, claimed by Ana."""
    return claim(promise_call(cast.riverside, review_reasons=("odd_name",)), cast.ana)


def test_one_to_be_called_stays_with_the_reviewer_and_then_joins_the_queue(cast, odd):
    done = review(odd, cast.ana, ReviewDecision.CALL)
    assert (done.status, done.claimed_by, done.version) == (Status.OPEN, cast.ana, odd.version + 1)
    assert done.review_reasons == ["odd_name"], "why it was looked at stays readable"
    release(done, cast.ana)
    assert call_next(cast.riverside, cast.ben) == odd


@pytest.mark.parametrize("decision", [ReviewDecision.NO_USABLE_NUMBER, ReviewDecision.TEST_CALL])
def test_one_to_be_closed_is_closed_with_the_reason_and_let_go(cast, odd, decision):
    done = review(odd, cast.ana, decision)
    assert (done.status, done.closed_reason, done.closed_at) == (Status.CLOSED, decision.value, OPEN_TUESDAY)
    assert (done.claimed_by, done.lease_expires_at, done.regroup_at) == (None, None, None)


def test_without_a_number_nobody_can_be_called(cast, tuesday):
    nobody = promise_call(cast.riverside, phone=None, phone_is_valid=False, review_reasons=("missing_number",))
    claim(nobody, cast.ana)
    with pytest.raises(NoNumberRefusal):
        review(nobody, cast.ana, ReviewDecision.CALL)
    assert Callback.objects.get().status == Status.NEEDS_REVIEW
    assert review(nobody, cast.ana, ReviewDecision.NO_USABLE_NUMBER).status == Status.CLOSED


def test_who_does_not_hold_it_decides_nothing(cast, odd, tuesday):
    with pytest.raises(ClaimLostRefusal):
        review(odd, cast.ben, ReviewDecision.CALL)
    tuesday.shift(LEASE + timedelta(seconds=1))
    with pytest.raises(ClaimLostRefusal):
        review(odd, cast.ana, ReviewDecision.CALL)
    assert Callback.objects.get().status == Status.NEEDS_REVIEW


def test_a_form_of_an_earlier_version_is_refused(cast, odd):
    with pytest.raises(OutdatedFormRefusal):
        review(odd, cast.ana, ReviewDecision.CALL, version=odd.version - 1)


def test_what_is_not_under_review_is_not_released_from_it(cast, dana):
    claim(dana, cast.ana)
    with pytest.raises(TransitionError):
        review(dana, cast.ana, ReviewDecision.CALL)


@pytest.mark.django_db(transaction=True)
def test_the_decision_is_on_the_trail(cast, odd, trail):
    review(odd, cast.ana, ReviewDecision.TEST_CALL)
    (event,) = trail.events(CALLBACK_REVIEWED)
    assert event["details"] == {"decision": "test_call"}
    assert event["object_id"] == str(odd.pk)
