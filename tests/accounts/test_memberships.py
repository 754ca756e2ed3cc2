"""Memberships: a role begins, moves and ends at its time, nobody gives themselves one, and each change is recorded."""

from datetime import timedelta

import pytest
import time_machine

from accounts.models import Membership, Role, User
from accounts.rights import held_rights
from accounts.roles import CLINICAL_WORK, VIEW_QUEUE
from accounts.services.memberships import (
    OwnRolesRefusal,
    RoleOverRefusal,
    RoleTimesRefusal,
    SameRoleRefusal,
    change_role,
    end_role,
    give_role,
)
from audit.background import service_scope
from audit.events import ROLE_CHANGED, ROLE_ENDED, ROLE_GIVEN, ROLE_WITHDRAWN, SESSION_ENDED
from audit.scope import TrailUnwritableError
from lib import clock
from lib.errors import NotFoundRefusal
from tests.cast import OPEN_TUESDAY

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def tuesday(cast):
    """An hour after everybody began."""
    with time_machine.travel(OPEN_TUESDAY, tick=False) as traveller:
        Membership.objects.update(starts_at=OPEN_TUESDAY - HOUR)
        yield traveller


@pytest.fixture(autouse=True)
def scope(cast):
    with service_scope("test", route="test"):
        yield


@pytest.fixture
def anas(cast):
    return cast.ana.memberships.get()


def may(person, permission):
    """What a new request would find."""
    return held_rights(User.objects.get(pk=person.pk)).allow(permission)


class TestJoining:
    def test_a_role_works_from_its_time_until_its_end(self, cast, tuesday):
        now = clock.now()
        give_role(
            person=cast.ana,
            clinic=cast.riverside,
            role=Role.NURSE,
            starts_at=now + HOUR,
            ends_at=now + 2 * HOUR,
            acting_user=cast.max,
        )
        seen = [may(cast.ana, CLINICAL_WORK)]
        for _ in range(2):
            tuesday.shift(HOUR)
            seen.append(may(cast.ana, CLINICAL_WORK))
        assert seen == [False, True, False]

    def test_never_before_it_was_given(self, cast):
        made = give_role(
            person=cast.ana,
            clinic=cast.riverside,
            role=Role.NURSE,
            starts_at=clock.now() - 30 * HOUR,
            acting_user=cast.max,
        )
        assert made.starts_at == clock.now()

    def test_is_recorded_with_whom_what_and_when(self, cast, trail):
        made = give_role(person=cast.ana, clinic=cast.riverside, role=Role.NURSE, acting_user=cast.max)
        (event,) = trail.events(ROLE_GIVEN)
        assert (event["object_id"], event["clinic_id"]) == (str(made.pk), str(cast.riverside.pk))
        assert event["details"] == {
            "user": str(cast.ana.pk),
            "role": "nurse",
            "starts_at": clock.now().isoformat(),
        }

    @pytest.mark.parametrize(
        ("person", "clinic", "refusal"),
        [
            ("max", "riverside", OwnRolesRefusal),
            ("ana", "hilltop", NotFoundRefusal),
        ],
    )
    def test_not_oneself_and_not_elsewhere(self, cast, person, clinic, refusal):
        with pytest.raises(refusal):
            give_role(person=cast.people[person], clinic=getattr(cast, clinic), role=Role.NURSE, acting_user=cast.max)

    def test_nor_by_somebody_without_the_right(self, cast):
        with pytest.raises(NotFoundRefusal):
            give_role(person=cast.ben, clinic=cast.riverside, role=Role.NURSE, acting_user=cast.sam)

    def test_an_end_comes_after_the_beginning(self, cast):
        with pytest.raises(RoleTimesRefusal):
            give_role(
                person=cast.ana, clinic=cast.riverside, role=Role.NURSE, ends_at=clock.now(), acting_user=cast.max
            )

    @pytest.mark.parametrize(("starts", "ends", "is_new"), [(0, None, False), (0, 2, False), (3, None, True)])
    def test_the_same_role_twice_at_once_is_refused(self, cast, anas, starts, ends, is_new):
        end_role(anas, at=clock.now() + 3 * HOUR, acting_user=cast.max)
        chosen = {
            "starts_at": clock.now() + starts * HOUR,
            "ends_at": None if ends is None else clock.now() + ends * HOUR,
        }

        def give():
            return give_role(person=cast.ana, clinic=cast.riverside, role=Role.AGENT, **chosen, acting_user=cast.max)

        if is_new:
            assert give().starts_at == clock.now() + 3 * HOUR
        else:
            with pytest.raises(SameRoleRefusal):
                give()


class TestMoving:
    def test_takes_effect_at_its_time_without_a_gap_or_both(self, cast, anas, tuesday, trail):
        new = change_role(anas, Role.OFFICER, at=clock.now() + HOUR, acting_user=cast.max)
        anas.refresh_from_db()
        assert anas.ends_at == new.starts_at == clock.now() + HOUR
        assert may(cast.ana, VIEW_QUEUE)
        tuesday.shift(HOUR)
        assert held_rights(User.objects.get(pk=cast.ana.pk)).roles == ("officer",)
        (event,) = trail.events(ROLE_CHANGED)
        assert event["details"]["instead_of"] == "agent"
        assert event["details"]["role"] == "officer"

    def test_keeps_the_end_that_was_set(self, cast, anas):
        end_role(anas, at=clock.now() + 5 * HOUR, acting_user=cast.max)
        anas.refresh_from_db()
        assert change_role(anas, Role.NURSE, acting_user=cast.max).ends_at == clock.now() + 5 * HOUR

    def test_of_a_role_to_come_leaves_only_the_other(self, cast):
        coming = give_role(
            person=cast.ana,
            clinic=cast.riverside,
            role=Role.NURSE,
            starts_at=clock.now() + HOUR,
            acting_user=cast.max,
        )
        new = change_role(coming, Role.SUPERVISOR, acting_user=cast.max)
        assert new.starts_at == clock.now() + HOUR
        assert not Membership.objects.filter(pk=coming.pk).exists()

    def test_after_the_end_or_to_the_same_or_oneself_is_refused(self, cast, anas):
        end_role(anas, at=clock.now() + HOUR, acting_user=cast.max)
        with pytest.raises(RoleOverRefusal):
            change_role(anas, Role.NURSE, at=clock.now() + HOUR, acting_user=cast.max)
        with pytest.raises(SameRoleRefusal):
            change_role(anas, Role.AGENT, acting_user=cast.max)
        with pytest.raises(OwnRolesRefusal):
            change_role(cast.max.memberships.get(), Role.NURSE, acting_user=cast.max)


class TestLeaving:
    def test_now_ends_the_running_session_with_the_next_request(self, cast, anas, trail):
        ana = cast.browser("ana")
        assert ana.get("/queue").status_code == 200
        end_role(anas, acting_user=cast.max)
        assert ana.get("/queue")["Location"].startswith("/sign-in")
        assert trail.events(SESSION_ENDED)[0]["details"] == {"reason": "off_the_roll"}
        (ended,) = trail.events(ROLE_ENDED)
        assert ended["details"]["ends_at"] == clock.now().isoformat()

    def test_at_a_time_works_until_then_and_not_after_without_any_job(self, cast, anas, tuesday):
        ana = cast.browser("ana")
        end_role(anas, at=clock.now() + timedelta(seconds=60), acting_user=cast.max)
        tuesday.shift(timedelta(seconds=59))
        assert ana.get("/queue").status_code == 200
        tuesday.shift(timedelta(seconds=1))
        assert ana.get("/queue")["Location"].startswith("/sign-in")

    def test_one_clinic_of_two_leaves_the_other(self, cast, anas):
        Membership.objects.create(user=cast.ana, clinic=cast.hilltop, role=Role.AGENT, starts_at=clock.now())
        ana = cast.browser("ana")
        end_role(anas, acting_user=cast.max)
        assert ana.get("/queue").context["desk"]["clinic"] == cast.hilltop

    def test_who_signs_in_afterwards_is_told_who_can_help(self, cast, anas):
        end_role(anas, acting_user=cast.max)
        ana = cast.browser("ana")
        assert ana.get("/queue").status_code == 403
        assert ana.get("/")["Location"] == "/no-clinic"

    def test_an_end_may_be_moved_until_it_has_come(self, cast, anas, tuesday):
        end_role(anas, at=clock.now() + HOUR, acting_user=cast.max)
        end_role(anas, at=clock.now() + 2 * HOUR, acting_user=cast.max)
        tuesday.shift(2 * HOUR)
        with pytest.raises(RoleOverRefusal):
            end_role(anas, acting_user=cast.max)

    def test_before_the_beginning_leaves_only_the_record(self, cast, trail):
        coming = give_role(
            person=cast.ana,
            clinic=cast.riverside,
            role=Role.NURSE,
            starts_at=clock.now() + HOUR,
            acting_user=cast.max,
        )
        end_role(coming, acting_user=cast.max)
        assert not Membership.objects.filter(pk=coming.pk).exists()
        (event,) = trail.events(ROLE_WITHDRAWN)
        assert event["details"]["user"] == str(cast.ana.pk)

    def test_another_clinics_does_not_exist(self, cast):
        with pytest.raises(NotFoundRefusal):
            end_role(cast.cleo.memberships.get(), acting_user=cast.max)

    def test_without_a_trail_nothing_changes(self, cast, anas, unwritable_trail):
        with unwritable_trail(), pytest.raises(TrailUnwritableError):
            end_role(anas, acting_user=cast.max)
        anas.refresh_from_db()
        assert anas.ends_at is None
