"""Rules of a clinic: its administrator sets them, each change is on the trail, and the desk follows them (§2.4, §2.5)."""

from datetime import timedelta
from uuid import uuid4

import pytest

from audit.events import ACCESS_DENIED, ADMIN_RECORD_CHANGED
from callbacks.models import Attempt, DeskPolicy, LadderStep, OnCall
from callbacks.scheduling.ladder import Outcome
from callbacks.scheduling.priority import Group
from lib import clock
from tests.callbacks.desk import call_next, claim, fresh, local, promise_calls, put_away, save
from tests.policies.callers import promise_call

# Changes are recorded in their own transaction, which has to commit to be seen.
pytestmark = pytest.mark.django_db(transaction=True)

STEPS, ON_CALL = "/admin/callbacks/ladderstep/", "/admin/callbacks/oncall/"


@pytest.fixture
def max_(cast, tuesday):
    return cast.browser("max")


def step(clinic, **changed):
    asked = {"outcome": "no_answer", "urgency": "routine", "step": 1, "action": "retry", "delay_minutes": 30}
    form = (
        {"clinic": clinic.pk, "window_rule": "any", "counts_as_attempt": "on", "is_in_force": "on"} | asked | changed
    )
    return {name: value for name, value in form.items() if value is not None}


def on_call(clinic, person):
    return {"clinic": clinic.pk, "person": person.pk, "starts_at_0": "2026-11-24", "starts_at_1": "10:00"}


def errors(response):
    return response.context["adminform"].form.non_field_errors()


class TestRetrySteps:
    def test_change_when_the_next_try_is_and_come_off_again(self, cast, dana, max_, trail):
        assert max_.post(f"{STEPS}add/", step(cast.riverside)).status_code == 302
        (event,) = trail.events(ADMIN_RECORD_CHANGED)
        assert (event["actor_label"], event["clinic_id"]) == ("max", str(cast.riverside.pk))
        row = LadderStep.objects.get()
        claim(dana, cast.ana)
        assert save(dana, cast.ana, Outcome.NO_ANSWER).sentence.startswith("Will be tried again today 10:42")
        assert fresh(dana).not_before == local("2026-11-24 10:42")
        assert max_.post(f"{STEPS}{row.pk}/change/", step(cast.riverside, is_in_force=None)).status_code == 302
        row.refresh_from_db()
        assert not row.is_in_force

    def test_of_one_clinic_are_not_another_clinics(self, cast, dana, max_):
        LadderStep.objects.create(clinic=cast.hilltop, outcome="no_answer", step=1, action="retry", delay_minutes=30)
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.NO_ANSWER)
        assert fresh(dana).not_before > local("2026-11-24 12:00")

    def test_that_never_end_are_refused(self, cast, max_):
        refused = max_.post(f"{STEPS}add/", step(cast.riverside, step=4))
        assert errors(refused) == [
            "The last step of an unanswered call closes it or hands it on; add that step first."
        ]
        assert max_.post(f"{STEPS}add/", step(cast.riverside, step=5, action="close")).status_code == 302
        assert max_.post(f"{STEPS}add/", step(cast.riverside, step=4)).status_code == 302
        fifth = LadderStep.objects.get(step=5)
        off = max_.post(f"{STEPS}{fifth.pk}/change/", step(cast.riverside, step=5, action="close", is_in_force=None))
        assert errors(off)

    def test_do_nothing_that_none_may(self, cast, max_):
        refused = max_.post(f"{STEPS}add/", step(cast.riverside, outcome="wrong_number"))
        assert errors(refused) == ["That may not follow this outcome."]
        assert max_.post(f"{STEPS}add/", step(cast.riverside, outcome="do_not_call")).status_code == 200
        assert not LadderStep.objects.exists()


class TestAShareForRetries:
    @pytest.fixture
    def busy(self, cast, tuesday):
        """Seven first calls, two retries that are ready; Ana deals and settles one a minute."""
        calls = promise_calls(cast.riverside, 9, preferred_window="any")
        for retry in calls[7:]:
            put_away(
                retry, first_attempt_at=clock.now(), attempts_count=1, priority_group=Group.RETRY, regroup_at=None
            )

        def deals(count):
            for _ in range(count):
                dealt = call_next(cast.riverside, cast.ana)
                group = dealt.priority_group
                if group == Group.RETRY:
                    # Its first try was made before this day.
                    Attempt.objects.create(
                        callback=dealt,
                        seq=1,
                        command_id=uuid4(),
                        staff=cast.ben,
                        outcome="busy",
                        recorded_at=clock.now(),
                    )
                save(dealt, cast.ana, Outcome.BOOKED)
                tuesday.shift(timedelta(minutes=1))
                yield "retry" if group == Group.RETRY else "first" if group > Group.URGENT else "urgent"

        return deals

    def test_is_every_fourth_call(self, cast, busy):
        DeskPolicy.objects.create(clinic=cast.riverside, shares_retries=True)
        assert [*busy(8)] == ["first", "first", "first", "retry", "first", "first", "first", "retry"]

    def test_waits_for_what_is_urgent(self, cast, busy):
        DeskPolicy.objects.create(clinic=cast.riverside, shares_retries=True)
        assert [*busy(3)] == ["first"] * 3
        promise_call(cast.riverside, received_at=clock.now(), urgency="urgent")
        # An urgent first call is a first call too: the share is still owed.
        assert [*busy(2)] == ["urgent", "retry"]

    def test_is_off_unless_the_clinic_wants_it(self, cast, busy):
        assert [*busy(5)] == ["first"] * 5


class TestPeopleOnCall:
    def test_work_with_the_clinics_callers(self, cast, max_, trail):
        for person in (cast.cleo, cast.olu):
            assert max_.post(f"{ON_CALL}add/", on_call(cast.riverside, person)).status_code == 200
        assert max_.post(f"{ON_CALL}add/", on_call(cast.riverside, cast.nadia)).status_code == 302
        assert OnCall.objects.get().person == cast.nadia
        (event,) = trail.events(ADMIN_RECORD_CHANGED)
        assert event["details"]["user"] == str(cast.nadia.pk)


@pytest.mark.parametrize("page", [STEPS, ON_CALL])
class TestEither:
    def test_is_for_administrators(self, cast, page):
        for name in ("ana", "sam", "olu"):
            assert cast.browser(name).get(page).status_code == 403

    def test_of_another_clinic_is_a_recorded_404_and_cannot_be_made(self, cast, max_, trail, page):
        theirs = (
            LadderStep.objects.create(clinic=cast.hilltop, outcome="busy", step=1, action="retry")
            if page == STEPS
            else OnCall.objects.create(clinic=cast.hilltop, person=cast.cleo)
        )
        assert max_.get(f"{page}{theirs.pk}/change/").status_code == 404
        (denied,) = trail.events(ACCESS_DENIED)
        assert (denied["object_id"], denied["clinic_id"]) == (str(theirs.pk), str(cast.hilltop.pk))
        form = step(cast.hilltop) if page == STEPS else on_call(cast.hilltop, cast.cleo)
        assert max_.post(f"{page}add/", form).status_code == 200
        assert str(theirs.pk) not in max_.get(page).content.decode()
