"""What people may do comes from memberships in force, clinic by clinic."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.models import Membership, Role, User
from accounts.rights import held_rights
from accounts.roles import ADMINISTER, PERMISSIONS, READ_TRAIL, VIEW_QUEUE, WORK_CALLBACKS
from audit.events import ACCESS_DENIED, CLINIC_CHOSEN
from tests.cast import OPEN_TUESDAY
from tests.policies.callers import promise_call

ALL = {VIEW_QUEUE, WORK_CALLBACKS, READ_TRAIL, ADMINISTER}


@pytest.fixture(autouse=True)
def tuesday():
    with time_machine.travel(OPEN_TUESDAY, tick=False) as traveller:
        yield traveller


def afresh(person):
    """The person as the next request loads them: rights are remembered for one request only."""
    return User.objects.get(pk=person.pk)


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("ana", {VIEW_QUEUE, WORK_CALLBACKS}),
        ("nadia", {VIEW_QUEUE, WORK_CALLBACKS}),
        ("sam", {VIEW_QUEUE, WORK_CALLBACKS}),
        ("olu", {READ_TRAIL}),
        ("max", {ADMINISTER}),
    ],
)
def test_each_role_holds_exactly_this(cast, name, held):
    person = cast.people[name]
    assert {right for right in ALL if person.has_perm(right)} == held
    assert {right for right in ALL if person.has_perm(right, cast.riverside)} == held
    assert not any(person.has_perm(right, cast.hilltop) for right in ALL)


def test_every_role_is_mapped_and_none_may_do_two_of_the_three_duties():
    """Who reads the trail does not work the queue, and who administers does neither."""
    assert set(PERMISSIONS) == set(Role.values)
    for rights in PERMISSIONS.values():
        assert len([duty for duty in ({VIEW_QUEUE, WORK_CALLBACKS}, {READ_TRAIL}, {ADMINISTER}) if duty & rights]) == 1


def test_a_role_in_one_clinic_is_none_in_another(cast):
    Membership.objects.create(user=cast.olu, clinic=cast.hilltop, role=Role.AGENT)
    rights = held_rights(afresh(cast.olu))
    assert rights.allow(WORK_CALLBACKS, clinic_id=cast.hilltop.pk)
    assert not rights.allow(WORK_CALLBACKS, clinic_id=cast.riverside.pk)
    assert not rights.allow(READ_TRAIL, clinic_id=cast.hilltop.pk)
    assert rights.clinics_with(READ_TRAIL) == [cast.riverside]
    assert rights.roles == ("agent", "officer")


class TestTime:
    def test_a_membership_begins_and_ends_at_its_instants(self, cast, tuesday):
        new = User.objects.create_user("fay", None, display_name="Fay")
        start, end = OPEN_TUESDAY + timedelta(days=1), OPEN_TUESDAY + timedelta(days=2)
        Membership.objects.create(user=new, clinic=cast.riverside, role=Role.AGENT, starts_at=start, ends_at=end)
        second = timedelta(seconds=1)
        for instant, may in ((start - second, False), (start, True), (end - second, True), (end, False)):
            tuesday.move_to(instant)
            assert afresh(new).has_perm(VIEW_QUEUE) is may, instant

    def test_its_end_is_felt_with_the_next_request(self, cast, tuesday):
        ana = cast.browser("ana")
        assert ana.get("/queue").status_code == 200
        cast.ana.memberships.update(ends_at=OPEN_TUESDAY + timedelta(minutes=4))
        tuesday.shift(timedelta(minutes=4))
        assert ana.get("/queue")["Location"].startswith("/sign-in")

    def test_it_ends_after_it_starts_and_stands_once(self, cast):
        for wrong in (
            {"starts_at": OPEN_TUESDAY, "ends_at": OPEN_TUESDAY, "role": Role.NURSE},
            {"starts_at": OPEN_TUESDAY, "role": Role.AGENT},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                Membership.objects.create(user=cast.ana, clinic=cast.riverside, **wrong)

    def test_a_disabled_person_holds_nothing(self, cast):
        cast.ana.is_active = False
        assert not any(cast.ana.has_perm(right) for right in ALL)
        assert not cast.ana.has_module_perms("callbacks")


class TestPeople:
    def test_one_name_is_one_person_whatever_its_case(self, cast):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create_user("Ana", None, display_name="Another Ana")

    def test_nobody_is_deleted(self, cast):
        """A membership and the trail point at people: leaving means disabled."""
        with pytest.raises(ProtectedError):
            cast.ana.delete()

    def test_there_are_no_superusers_groups_or_single_permissions(self):
        assert not {"is_superuser", "groups", "user_permissions"} & {field.name for field in User._meta.get_fields()}

    @pytest.mark.parametrize(
        ("display_name", "initials"), [("Ana", "AN"), ("Ana Maria Sol", "AM"), ("  ", "UN"), ("é", "É")]
    )
    def test_initials(self, display_name, initials):
        assert User(username="unnamed", display_name=display_name).initials == initials


class TestSwitchingClinics:
    @pytest.fixture
    def ana(self, cast):
        """Ana also works at Hilltop."""
        Membership.objects.create(user=cast.ana, clinic=cast.hilltop, role=Role.AGENT)
        return cast.browser("ana")

    def current(self, browser):
        return browser.get("/queue").context["desk"]["clinic"]

    def test_the_chosen_clinic_is_remembered_and_recorded(self, cast, ana, trail):
        assert self.current(ana) == cast.hilltop
        assert ana.post("/clinic", {"clinic": cast.riverside.pk}).status_code == 302
        assert self.current(ana) == cast.riverside
        (event,) = trail.events(CLINIC_CHOSEN)
        assert event["clinic_id"] == str(cast.riverside.pk)

    @pytest.mark.parametrize("wanted", ["hilltop", "", "x", "00000000-0000-7000-8000-000000000000"])
    def test_a_clinic_that_is_not_theirs_does_not_exist(self, cast, trail, wanted):
        clinic = getattr(cast, wanted).pk if wanted == "hilltop" else wanted
        ben = cast.browser("ben")
        assert ben.post("/clinic", {"clinic": clinic}).status_code == 404
        assert self.current(ben) == cast.riverside
        assert [event["outcome_code"] for event in trail.events(ACCESS_DENIED)] == ["not_found"]

    def test_a_choice_is_void_once_the_membership_ends(self, cast, ana, tuesday):
        ana.post("/clinic", {"clinic": cast.hilltop.pk})
        cast.ana.memberships.filter(clinic=cast.hilltop).update(ends_at=OPEN_TUESDAY + timedelta(seconds=1))
        tuesday.shift(timedelta(seconds=2))
        assert self.current(ana) == cast.riverside

    def test_the_page_of_the_other_clinics_queue_falls_back_to_where_the_right_is_held(self, cast):
        """Olu answers phones at Hilltop only: wherever she stands, the queue she sees is Hilltop's."""
        Membership.objects.create(user=cast.olu, clinic=cast.hilltop, role=Role.AGENT)
        olu = cast.browser("olu")
        olu.post("/clinic", {"clinic": cast.riverside.pk})
        theirs = promise_call(cast.hilltop)
        assert [row.ref for row in olu.get("/queue").context["rows"]] == [theirs.ref]
