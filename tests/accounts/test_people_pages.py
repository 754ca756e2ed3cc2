"""The pages of people: administrators alone, their own clinics alone, no patient data, everything recorded."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Authenticator, Membership, Role, User
from audit.events import (
    ACCESS_DENIED,
    ADMIN_PAGE_VIEWED,
    PERSON_DISABLED,
    PERSON_ENABLED,
    PERSON_INVITED,
    ROLE_CHANGED,
    ROLE_ENDED,
    ROLE_GIVEN,
    SECOND_FACTOR_RESET,
    SESSION_ENDED,
)
from lib import clock
from tests.accounts.device import Device, keep
from tests.cast import OPEN_TUESDAY, PASSWORD
from tests.policies.callers import promise_call

pytestmark = pytest.mark.django_db(transaction=True)

OWN = "zqx my own long words"
ACTS = ("give", "change", "end", "disable", "enable", "end-session", "reset-factor", "invite")


@pytest.fixture(autouse=True)
def tuesday(cast):
    """Everybody began the day before."""
    with time_machine.travel(OPEN_TUESDAY, tick=False) as traveller:
        Membership.objects.update(starts_at=OPEN_TUESDAY - timedelta(days=1))
        yield traveller


@pytest.fixture
def max_(cast):
    return cast.browser("max")


def names(response):
    return [row.username for row in response.context["rows"]]


def address(person, act=""):
    return reverse(f"accounts:person{'-' if act else ''}{act}", args=[person.pk])


def shown(max_, person):
    return max_.get(address(person)).context["row"]


class TestTheRoll:
    def test_is_of_ones_own_clinics_by_name_with_what_each_may_do(self, cast, max_):
        response = max_.get("/people")
        assert names(response) == ["ana", "ben", "max", "nadia", "olu", "sam"]
        ana = response.context["rows"][0]
        assert [(role.role_label, role.state, role.starts) for role in ana.roles] == [
            ("Front desk", "here", "23 Nov 2026, 10:12")
        ]
        assert (ana.badge_text, ana.factor, ana.has_session, ana.last_sign_in) == ("Works here", "", False, "")
        max_row = response.context["rows"][2]
        assert (max_row.has_session, max_row.last_sign_in) == (True, "24 Nov 2026, 10:12")

    def test_says_nothing_of_roles_in_a_clinic_that_is_not_theirs(self, cast, max_):
        Membership.objects.create(user=cast.ana, clinic=cast.hilltop, role=Role.SUPERVISOR)
        for page in ("/people", address(cast.ana)):
            assert "Hilltop" not in max_.get(page).content.decode()

    def test_tells_factors_apart(self, cast, max_):
        keep(Device(), cast.ana)
        now = clock.now()
        Authenticator.objects.create(user=cast.ben, secret="A" * 32, made_at=now, confirmed_at=now)
        factors = {row.username: row.factor for row in max_.get("/people").context["rows"]}
        assert (factors["ana"], factors["ben"], factors["sam"]) == ("1 passkey", "App", "")

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("name=AN", ["ana"]),
            ("name=zqx", []),
            ("role=nurse", ["nadia"]),
            ("role=nurse&name=ana", []),
            ("standing=left", ["ben"]),
            ("standing=coming", ["sam"]),
            ("standing=disabled", ["olu"]),
            ("standing=here", ["ana", "max", "nadia"]),
            ("standing=no-factor", ["max", "nadia", "sam"]),
            ("standing=nonsense&role=nonsense&page=nonsense", ["ana", "ben", "max", "nadia", "olu", "sam"]),
            ("name=%00", ["ana", "ben", "max", "nadia", "olu", "sam"]),
        ],
    )
    def test_is_narrowed(self, cast, max_, query, found):
        keep(Device(), cast.ana)
        cast.ben.memberships.update(ends_at=clock.now())
        cast.sam.memberships.update(starts_at=clock.now() + timedelta(days=1))
        User.objects.filter(pk=cast.olu.pk).update(is_active=False)
        # Max is signed in by his password; nobody else here has set anything up but Ana.
        assert names(max_.get(f"/people?{query}")) == found

    def test_has_pages(self, cast, max_):
        for number in range(50):
            new = User.objects.create_user(f"zoe{number:02}", None, display_name=f"Zoe {number:02}")
            Membership.objects.create(user=new, clinic=cast.riverside, role=Role.AGENT)
        assert len(names(max_.get("/people?role=agent"))) == 50
        assert names(max_.get("/people?role=agent&page=2")) == ["zoe48", "zoe49"]

    def test_shows_no_caller(self, cast, max_):
        promise_call(cast.riverside, first_name="Zqxname", phone="+12025550171")
        for page in ("/people", address(cast.ana), "/people/new", "/roles"):
            content = max_.get(page).content.decode()
            assert "Zqxname" not in content
            assert "0171" not in content

    def test_is_recorded_as_administration(self, cast, max_, trail):
        max_.get("/people")
        max_.get(address(cast.ana))
        listed, one = trail.events(ADMIN_PAGE_VIEWED)
        assert (listed["rows_count"], listed["purpose"]) == (6, ["HSYSADMIN"])
        assert (one["object_kind"], one["object_id"]) == ("person", str(cast.ana.pk))


class TestOthers:
    @pytest.mark.parametrize("name", ["ana", "nadia", "sam", "olu", "cleo"])
    def test_nobody_else_opens_or_does_anything(self, cast, trail, name):
        browser = cast.browser(name)
        for page in ("/people", "/people/new", address(cast.ben)):
            assert browser.get(page).status_code == 403
        for act in ACTS:
            assert browser.post(address(cast.ben, act)).status_code == 403
        assert cast.ben.memberships.get().ends_at is None

    def test_another_clinics_people_do_not_exist_and_asking_is_recorded(self, cast, max_, trail):
        nobody = User(username="nobody")
        for person, code in ((cast.cleo, "other_clinic"), (nobody, "not_found")):
            assert max_.get(address(person)).status_code == 404
            for act in ACTS:
                assert max_.post(address(person, act)).status_code == 404
            denied = [event for event in trail.events(ACCESS_DENIED) if event["object_id"] == str(person.pk)]
            assert {event["outcome_code"] for event in denied} == {code}
            assert len(denied) == 1 + len(ACTS)
        assert not trail.events(PERSON_DISABLED)

    def test_nor_do_its_roles_and_clinics(self, cast, max_):
        Membership.objects.create(user=cast.ana, clinic=cast.hilltop, role=Role.SUPERVISOR)
        theirs = cast.ana.memberships.get(clinic=cast.hilltop)
        assert max_.post(address(cast.ana, "end"), {"membership": theirs.pk}).status_code == 409
        changed = {"membership": theirs.pk, "role": "nurse"}
        assert max_.post(address(cast.ana, "change"), changed).status_code == 409
        given = {"clinic": cast.hilltop.pk, "role": "nurse"}
        assert max_.post(address(cast.ana, "give"), given).status_code == 404
        theirs.refresh_from_db()
        assert (theirs.ends_at, cast.ana.memberships.count()) == (None, 2)

    def test_an_account_that_serves_another_clinic_is_not_run_from_here(self, cast, max_):
        Membership.objects.create(user=cast.ana, clinic=cast.hilltop, role=Role.AGENT)
        for act in ("disable", "reset-factor", "invite"):
            response = max_.post(address(cast.ana, act))
            assert response.status_code == 403
            assert "also work in a clinic that is not yours" in response.content.decode()
        assert User.objects.get(pk=cast.ana.pk).is_active

    def test_nobody_runs_themselves(self, cast, max_):
        given = {"clinic": cast.riverside.pk, "role": "nurse"}
        assert max_.post(address(cast.max, "give"), given).status_code == 403
        own = {"membership": cast.max.memberships.get().pk, "role": "nurse"}
        assert max_.post(address(cast.max, "change"), own).status_code == 403
        for act in ("disable", "reset-factor", "invite"):
            assert max_.post(address(cast.max, act)).status_code == 403
        assert (
            "<form"
            not in max_.get(address(cast.max)).content.decode().partition('class="person"')[2].partition("</main>")[0]
        )

    def test_only_after_proving_again_who_one_is(self, cast, max_, tuesday):
        for _ in range(3):
            tuesday.shift(timedelta(minutes=4))
            max_.post("/session/active")
        for act in ACTS:
            leads = max_.post(address(cast.ana, act))["Location"]
            assert leads == f"/prove?next={address(cast.ana).replace('/', '%2F')}"
        assert max_.get("/people/new")["Location"].startswith("/prove?next=")
        assert max_.post("/prove", {"proof": PASSWORD}).status_code == 302
        assert max_.post(address(cast.ana, "disable"))["Location"] == address(cast.ana)


class TestRoles:
    def test_are_given_for_a_time_on_the_clinics_wall(self, cast, max_, trail):
        typed = {"starts_at": "2026-12-01T08:00", "ends_at": "2026-12-24T17:00"}
        given = {"clinic": cast.riverside.pk, "role": "nurse", **typed}
        assert max_.post(address(cast.ana, "give"), given)["Location"] == address(cast.ana)
        made = cast.ana.memberships.get(role="nurse")
        assert made.starts_at == datetime(2026, 12, 1, 13, tzinfo=UTC)
        coming = shown(max_, cast.ana).roles[0]
        assert (coming.state, coming.starts, coming.ends) == ("coming", "01 Dec 2026, 08:00", "24 Dec 2026, 17:00")
        assert len(trail.events(ROLE_GIVEN)) == 1

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"role": ""}, "Choose a role."),
            ({"role": "owner"}, "Choose a role."),
            ({"role": "nurse", "starts_at": "tomorrow"}, "Give the day and the time of day."),
            # The clocks skip this half hour.
            ({"role": "nurse", "starts_at": "2027-03-14T02:30"}, "be interpreted in"),
            ({"role": "nurse", "ends_at": "2026-11-24T10:12"}, "A role ends after it begins."),
            ({"role": "agent"}, "They have this role in this clinic already"),
        ],
    )
    def test_that_cannot_be_given_say_why_and_keep_what_was_typed(self, cast, max_, typed, said):
        response = max_.post(address(cast.ana, "give"), {"clinic": cast.riverside.pk, **typed})
        assert response.status_code == 422
        content = response.content.decode()
        assert said in content
        assert 'role="alert"' in content
        if typed.get("starts_at", "").startswith("2027"):
            assert 'value="2027-03-14T02:30"' in content
        assert cast.ana.memberships.count() == 1

    def test_move_and_end(self, cast, max_, tuesday, trail):
        held = cast.ana.memberships.get()
        moved = {"membership": held.pk, "role": "supervisor", "at": "2026-11-24T10:15"}
        assert max_.post(address(cast.ana, "change"), moved).status_code == 302
        tuesday.shift(timedelta(minutes=4))
        states = {role.role: role.state for role in shown(max_, cast.ana).roles}
        assert states == {"supervisor": "here", "agent": "left"}
        new = cast.ana.memberships.get(role="supervisor")
        assert max_.post(address(cast.ana, "end"), {"membership": new.pk}).status_code == 302
        left = shown(max_, cast.ana)
        assert (left.badge_text, left.access_ended) == ("Left", "Access ended 0.0 s after its time")
        assert (len(trail.events(ROLE_CHANGED)), len(trail.events(ROLE_ENDED))) == (1, 1)

    @pytest.mark.parametrize("act", ["change", "end"])
    @pytest.mark.parametrize("wrong", ["", "x", "00000000-0000-7000-8000-000000000000"])
    def test_that_are_not_theirs_change_nothing(self, cast, max_, act, wrong):
        assert max_.post(address(cast.ana, act), {"membership": wrong, "role": "nurse"}).status_code == 409
        assert cast.ana.memberships.get().ends_at is None


class TestAccounts:
    def test_disabling_is_out_at_once_measured_and_enabling_revives_nothing(self, cast, max_, trail):
        ana = cast.browser("ana")
        assert ana.get("/queue").status_code == 200
        assert max_.post(address(cast.ana, "disable")).status_code == 302
        assert ana.get("/queue")["Location"].startswith("/sign-in")
        row = shown(max_, cast.ana)
        assert (row.badge_text, row.has_session) == ("Disabled", False)
        assert re.fullmatch(r"Access ended 0\.0 s after its time", row.access_ended)
        assert max_.post(address(cast.ana, "enable")).status_code == 302
        assert ana.get("/queue")["Location"].startswith("/sign-in")
        assert shown(max_, cast.ana).access_ended == ""
        assert (len(trail.events(PERSON_DISABLED)), len(trail.events(PERSON_ENABLED))) == (1, 1)

    def test_a_session_is_ended(self, cast, max_, trail):
        ana = cast.browser("ana")
        assert shown(max_, cast.ana).has_session
        assert max_.post(address(cast.ana, "end-session")).status_code == 302
        assert ana.get("/queue")["Location"].startswith("/sign-in")
        assert trail.events(SESSION_ENDED)[0]["details"] == {"reason": "administrator"}

    def test_a_lost_factor_is_taken_away(self, cast, max_, trail):
        keep(Device(), cast.ana)
        assert max_.post(address(cast.ana, "reset-factor")).status_code == 302
        assert not shown(max_, cast.ana).has_factor
        assert len(trail.events(SECOND_FACTOR_RESET)) == 1

    def test_without_a_trail_nothing_happens(self, cast, max_, unwritable_trail):
        with unwritable_trail():
            assert max_.post(address(cast.ana, "disable")).status_code == 503
        assert User.objects.get(pk=cast.ana.pk).is_active


class TestSomebodyNew:
    def invite(self, max_, cast, **typed):
        filled = {"username": "fay", "display_name": "Fay", "email": "", "role": "agent"}
        return max_.post("/people/new", filled | {"clinic": cast.riverside.pk} | typed)

    def accept(self, response):
        code = response.context["link"].rpartition("#")[2]
        client = Client(headers={"accept": "text/html"})
        return client.post("/invitation", {"code": code, "password": OWN}), client

    def test_is_made_given_a_role_and_in_by_their_link(self, cast, max_, trail):
        response = self.invite(max_, cast)
        assert "no-store" in response["Cache-Control"]
        accepted, fay = self.accept(response)
        assert accepted["Location"] == "/queue"
        assert fay.get("/queue").status_code == 200
        assert (len(trail.events(PERSON_INVITED)), len(trail.events(ROLE_GIVEN))) == (1, 1)
        assert response.context["link"].rpartition("#")[2] not in str(trail.events())

    @pytest.mark.parametrize(
        "typed",
        [{"username": ""}, {"username": "ANA"}, {"username": "a b"}, {"role": "owner"}, {"display_name": ""}],
    )
    def test_is_not_made_of_what_is_missing_or_taken(self, cast, max_, typed):
        response = self.invite(max_, cast, **typed)
        assert response.status_code == 422
        content = response.content.decode()
        assert 'role="alert"' in content
        assert ("Somebody has this user name" in content) is (typed == {"username": "ANA"})
        assert User.objects.count() == 7

    def test_not_in_another_clinic(self, cast, max_):
        assert self.invite(max_, cast, clinic=cast.hilltop.pk).status_code == 422

    def test_may_get_another_link_which_voids_the_first(self, cast, max_):
        first = self.invite(max_, cast)
        fay = User.objects.get(username="fay")
        assert shown(max_, fay).is_invited
        second = max_.post(address(fay, "invite"))
        assert self.accept(first)[0].status_code == 422
        assert self.accept(second)[0]["Location"] == "/queue"
