"""Claims: one person a caller, one caller a person, and nobody holds one for ever (callbacks.md §2.3, §2.7)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Clinic, Membership, Role, User
from accounts.rights import held_rights
from audit.events import CALLBACK_CLAIMED, CALLBACK_RELEASED
from callbacks.models import Callback
from callbacks.services.claim_statement import CLAIM_COLUMNS
from callbacks.services.claiming import LEASE, LONGEST_CLAIM, held_by
from callbacks.services.refusals import AlreadyClaimedRefusal, ClaimLostRefusal, HoldingAnotherRefusal
from callbacks.states import ClosedReason, Status
from lib import clock
from tests.callbacks.desk import beat, call_next, claim, fresh, local, promise_calls, put_away, release
from tests.cast import OPEN_TUESDAY
from tests.crowd import at_once
from tests.policies.callers import promise_call

SEALED = {"first_name", "phone", "phone_tail", "called_from", "preferred_words", "person_to_call"}
AFTER_THE_LEASE = LEASE + timedelta(seconds=1)


def close(callback: Callback) -> None:
    Callback.objects.filter(pk=callback.pk).update(
        status=Status.CLOSED, closed_reason=ClosedReason.BOOKED, closed_at=clock.now()
    )


class TestAClaim:
    def test_is_a_lease_of_two_minutes(self, cast, dana):
        held = claim(dana, cast.ana)
        assert (held.claimed_by, held.claimed_at) == (cast.ana, OPEN_TUESDAY)
        assert held.lease_expires_at == OPEN_TUESDAY + timedelta(seconds=120)
        assert held.claim_token is not None
        assert held.version == dana.version + 1
        assert held_by(cast.ana, clock.now()) == dana

    def test_keeps_everybody_else_away(self, cast, dana):
        claim(dana, cast.ana)
        with pytest.raises(AlreadyClaimedRefusal):
            claim(dana, cast.ben)
        dana.refresh_from_db()
        assert dana.claimed_by == cast.ana

    def test_of_ones_own_is_extended_and_is_the_same_claim(self, cast, dana, tuesday):
        first = claim(dana, cast.ana)
        tuesday.shift(timedelta(seconds=100))
        again = claim(dana, cast.ana)
        assert again.lease_expires_at == clock.now() + LEASE
        assert (again.claim_token, again.claimed_at, again.version) == (
            first.claim_token,
            first.claimed_at,
            first.version,
        )

    def test_of_a_second_caller_is_refused_and_names_the_first(self, cast, dana):
        other = promise_call(cast.riverside, first_name="Chen")
        claim(dana, cast.ana)
        with pytest.raises(HoldingAnotherRefusal, match=dana.ref) as refused:
            claim(other, cast.ana)
        assert refused.value.held == dana
        other.refresh_from_db()
        assert other.claimed_by is None

    def test_that_ran_out_is_anybodys(self, cast, dana, tuesday):
        claim(dana, cast.ana)
        tuesday.shift(LEASE)
        assert held_by(cast.ana, clock.now()) is None
        assert claim(dana, cast.ben).claimed_by == cast.ben

    def test_of_a_closed_callback_is_refused(self, cast, dana):
        close(dana)
        with pytest.raises(AlreadyClaimedRefusal):
            claim(dana, cast.ana)

    def test_may_be_of_one_that_needs_review(self, cast, tuesday):
        odd = promise_call(cast.riverside, review_reasons=("odd_name",))
        assert claim(odd, cast.ana).status == Status.NEEDS_REVIEW

    @pytest.mark.django_db(transaction=True)
    def test_and_its_release_are_recorded(self, cast, dana, trail):
        claim(dana, cast.ana)
        release(dana, cast.ana)
        for tag in (CALLBACK_CLAIMED, CALLBACK_RELEASED):
            (event,) = trail.events(tag)
            assert (event["object_id"], event["subject_id"]) == (str(dana.pk), str(dana.caller_id))
            assert event["clinic_id"] == str(cast.riverside.pk)


class TestARelease:
    def test_gives_the_caller_back_to_the_queue(self, cast, dana):
        claim(dana, cast.ana)
        release(dana, cast.ana)
        dana.refresh_from_db()
        claimed = (dana.claimed_by, dana.claim_token, dana.claimed_at, dana.lease_expires_at)
        assert claimed == (None, None, None, None)
        assert dana.attempts_count == 0
        assert call_next(cast.riverside, cast.ben) == dana

    def test_of_somebody_elses_or_a_lost_claim_is_refused(self, cast, dana, tuesday):
        claim(dana, cast.ana)
        with pytest.raises(ClaimLostRefusal):
            release(dana, cast.ben)
        tuesday.shift(AFTER_THE_LEASE)
        with pytest.raises(ClaimLostRefusal):
            release(dana, cast.ana)


class TestAHeartbeat:
    def test_extends_by_two_minutes_and_changes_nothing_else(self, cast, dana, tuesday):
        held = claim(dana, cast.ana)
        tuesday.shift(timedelta(seconds=90))
        assert beat(dana, cast.ana) == clock.now() + LEASE
        dana.refresh_from_db()
        assert dana.lease_expires_at == clock.now() + LEASE
        assert (dana.version, dana.updated_at) == (held.version, held.updated_at)

    def test_never_goes_past_forty_five_minutes(self, cast, dana, tuesday):
        claim(dana, cast.ana)
        last = OPEN_TUESDAY + LONGEST_CLAIM
        while clock.now() < last:
            until = beat(dana, cast.ana)
            assert until <= last
            tuesday.shift(timedelta(seconds=90))
        assert until == last
        with pytest.raises(ClaimLostRefusal):
            beat(dana, cast.ana)

    def test_of_a_lost_claim_is_refused(self, cast, dana, tuesday):
        claim(dana, cast.ana)
        with pytest.raises(ClaimLostRefusal):
            beat(dana, cast.ben)
        tuesday.shift(AFTER_THE_LEASE)
        with pytest.raises(ClaimLostRefusal):
            beat(dana, cast.ana)

    def test_claiming_anew_does_not_start_the_forty_five_minutes_anew(self, cast, dana, tuesday):
        claim(dana, cast.ana)
        for _ in range(30):
            tuesday.shift(timedelta(seconds=88))
            beat(dana, cast.ana)
        assert claim(dana, cast.ana).lease_expires_at <= OPEN_TUESDAY + LONGEST_CLAIM


class TestCallNext:
    def test_deals_urgent_first_then_those_whose_window_is_on(self, cast, tuesday):
        afternoon = promise_call(cast.riverside, phone="+12025550101", preferred_window="afternoon")
        morning = promise_call(cast.riverside, phone="+12025550102", preferred_window="morning")
        urgent = promise_call(cast.riverside, phone="+12025550103", urgency="urgent")
        people = (cast.ana, cast.ben, cast.nadia, cast.sam)
        assert [call_next(cast.riverside, person) for person in people] == [urgent, morning, afternoon, None]

    def test_deals_the_longest_waiting_of_equals_first(self, cast, tuesday):
        later = promise_call(cast.riverside, phone="+12025550101")
        earlier = promise_call(
            cast.riverside, phone="+12025550102", received_at=later.received_at - timedelta(minutes=1)
        )
        assert [call_next(cast.riverside, person) for person in (cast.ana, cast.ben)] == [earlier, later]

    def test_deals_nobody_who_is_held_waits_needs_review_or_is_elsewhere(self, cast, tuesday):
        held, waiting, closed = promise_calls(cast.riverside, 3)
        claim(held, cast.ben)
        Callback.objects.filter(pk=waiting.pk).update(not_before=clock.now() + timedelta(minutes=1))
        close(closed)
        promise_call(cast.riverside, phone="+12025550110", review_reasons=("odd_name",))
        promise_call(cast.hilltop, phone="+12025550111")
        assert call_next(cast.riverside, cast.ana) is None
        tuesday.shift(timedelta(minutes=1))
        assert call_next(cast.riverside, cast.ana) == waiting

    @pytest.mark.parametrize("when", ["2026-11-24 07:59", "2026-11-24 12:30", "2026-11-24 17:00", "2026-11-28 10:00"])
    def test_deals_nobody_while_the_clinic_is_closed(self, cast, tuesday, when):
        promise_call(cast.riverside, urgency="urgent")
        tuesday.move_to(local(when))
        assert call_next(cast.riverside, cast.ana) is None

    def test_deals_nobody_before_eight_or_after_eight_where_the_number_rings(self, cast, tuesday):
        """10:12 in New York is 7:12 in Los Angeles; a caller must not be woken for having been first."""
        early = promise_call(
            cast.riverside, phone="+12135550123", urgency="urgent", received_at=OPEN_TUESDAY - timedelta(hours=1)
        )
        assert early.zone_names == ["America/Los_Angeles"]
        near = promise_call(cast.riverside, phone="+12025550143")
        assert call_next(cast.riverside, cast.ana) == near
        assert call_next(cast.riverside, cast.ben) is None
        tuesday.move_to(local("2026-11-24 11:00"))
        assert call_next(cast.riverside, cast.ben) == early

    def test_is_refused_while_holding_another(self, cast, dana):
        claim(dana, cast.ana)
        with pytest.raises(HoldingAnotherRefusal, match=dana.ref):
            call_next(cast.riverside, cast.ana)


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_two_people_want_one_caller_and_one_gets_them(self, cast, dana):
        for _ in range(5):
            found = at_once([lambda: claim(dana, cast.ana), lambda: claim(dana, cast.ben)])
            (winner,) = [claimed for claimed in found if isinstance(claimed, Callback)]
            (loser,) = [claimed for claimed in found if isinstance(claimed, Exception)]
            assert isinstance(loser, AlreadyClaimedRefusal)
            dana.refresh_from_db()
            assert dana.claimed_by == winner.claimed_by
            release(dana, winner.claimed_by)

    def test_one_person_in_many_tabs_gets_one_caller(self, cast, tuesday):
        callers = promise_calls(cast.riverside, 8)
        for _ in range(5):
            found = at_once([lambda caller=caller: claim(caller, cast.ana) for caller in callers])
            (won,) = [claimed for claimed in found if isinstance(claimed, Callback)]
            assert sum(isinstance(claimed, HoldingAnotherRefusal) for claimed in found) == 7
            assert list(Callback.objects.filter(claimed_by=cast.ana)) == [won]
            release(won, cast.ana)

    def test_eight_people_deal_forty_callers_and_everybody_is_dealt_once(self, cast, tuesday):
        promise_calls(cast.riverside, 40)
        people = [User.objects.create_user(f"agent{n}", None, display_name=f"Agent {n}") for n in range(8)]
        Membership.objects.bulk_create(
            Membership(user=person, clinic=cast.riverside, role=Role.AGENT) for person in people
        )

        def work_through(person):
            dealt = []
            while (callback := call_next(cast.riverside, person)) is not None:
                dealt.append(callback.pk)
                close(callback)
            return dealt

        dealt = at_once([lambda person=person: work_through(person) for person in people])
        every_one = [public_id for some in dealt for public_id in some]
        assert len(every_one) == 40
        assert len(set(every_one)) == 40


def test_the_one_statement_of_a_claim_writes_what_a_claim_sets(cast, dana, tuesday):
    """`write_claim` names its columns; one that a claim sets and it forgets would be missed here."""
    earlier = clock.now()
    lost = put_away(
        dana,
        claimed_by=cast.ben,
        claim_token=uuid4(),
        claimed_at=earlier,
        lease_expires_at=earlier + LEASE,
        dial_started_at=earlier,
    )
    tuesday.shift(timedelta(minutes=3))
    set_by_claim = claim(dana, cast.ana)
    kept, names = (
        fresh(dana),
        [field.attname for field in Callback._meta.concrete_fields if field.attname not in SEALED],
    )
    assert {name for name in names if getattr(kept, name) != getattr(lost, name)} == {*CLAIM_COLUMNS}
    assert {name for name in names if getattr(kept, name) != getattr(set_by_claim, name)} == set()
    assert (kept.flags, kept.dial_started_at, kept.version) == (["unfinished_call"], None, lost.version + 1)


def test_a_call_next_asks_little(cast, tuesday):
    """Person, other claim, hours, zones, the deal, the claim with its event, its CRMs: each once, however it shares."""
    promise_calls(cast.riverside, 3)
    held_rights(cast.ana)
    clinic = Clinic.objects.get(pk=cast.riverside.pk)
    with CaptureQueriesContext(connection) as asked:
        call_next(clinic, cast.ana)
    said = [query["sql"] for query in asked.captured_queries]
    assert len([sql for sql in said if not sql.startswith(("SAVEPOINT", "RELEASE"))]) == 7
