"""Invitations: no password but one's own, a link good once and for three days, and factors that administrators take away."""

import re
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Authenticator, Invitation, User
from accounts.roles import ADMINISTER
from audit.events import (
    ADMIN_RECORD_CHANGED,
    INVITATION_ACCEPTED,
    INVITATION_REFUSED,
    PERSON_INVITED,
    SECOND_FACTOR_RESET,
    SESSION_ENDED,
    SIGNED_IN,
)
from tests.accounts.clockwork import code_of, enrol, give_password
from tests.cast import OPEN_TUESDAY, PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/invitation"
PEOPLE = "/admin/accounts/user/"
OWN = "zqx my own long words"


@pytest.fixture(autouse=True)
def tuesday():
    with time_machine.travel(OPEN_TUESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def max_(cast):
    return cast.browser("max")


def code_in(response):
    link = response.context["link"]
    assert re.fullmatch(r"http://testserver/invitation#[\w-]{32}", link)
    return link.rpartition("#")[2]


def make(max_, username="fay"):
    return code_in(max_.post(f"{PEOPLE}add/", {"username": username, "display_name": "Fay"}))


def act(max_, action, *people):
    return max_.post(PEOPLE, {"action": action, "_selected_action": [str(person.pk) for person in people]})


def accept(code, password=OWN, client=None):
    return (client or Client(headers={"accept": "text/html"})).post(URL, {"code": code, "password": password})


class TestInvitations:
    def test_a_new_person_chooses_a_password_and_is_in(self, cast, max_, trail):
        client = Client(headers={"accept": "text/html"})
        code = make(max_)
        assert not User.objects.get(username="fay").has_usable_password()
        assert client.get(URL).status_code == 200
        assert accept(code, client=client)["Location"] == "/no-clinic"
        assert give_password(Client(), "fay").status_code == 422
        assert Client().post("/sign-in", {"username": "fay", "password": OWN}).status_code == 302
        (accepted,) = trail.events(INVITATION_ACCEPTED)
        assert (accepted["actor_label"], accepted["fields"]) == ("fay", ["password"])
        assert len(trail.events(PERSON_INVITED)) == 1
        assert code not in str(trail.events())

    def test_where_a_factor_is_owed_the_next_step_is_to_set_it_up(self, cast, max_, settings):
        code = make(max_)
        settings.MFA_REQUIRED = True
        client = Client(headers={"accept": "text/html"})
        assert accept(code, client=client)["Location"] == "/second-factor"
        assert client.get("/queue")["Location"].startswith("/second-factor")

    def test_a_link_works_once(self, cast, max_, trail):
        code = make(max_)
        accept(code)
        again = accept(code, "quite another of my own")
        assert again.status_code == 422
        assert "not good any more" in again.content.decode()
        assert len(trail.events(INVITATION_REFUSED)) == 1

    def test_and_not_after_three_days(self, cast, max_, tuesday):
        code = make(max_)
        tuesday.shift(timedelta(hours=72))
        assert accept(code).status_code == 422

    def test_nor_after_a_newer_one_nor_for_a_disabled_person(self, cast, max_):
        older = make(max_)
        fay = User.objects.get(username="fay")
        newer = code_in(act(max_, "invite_again", fay))
        assert accept(older).status_code == 422
        User.objects.filter(pk=fay.pk).update(is_active=False)
        assert accept(newer).status_code == 422

    @pytest.mark.parametrize("weak", ["short", "password1234", "1qaz2wsx3edc", "faynight2026", "", "eleven-char"])
    def test_a_weak_password_leaves_the_invitation_good(self, cast, max_, weak):
        code = make(max_, "faynight2026")
        assert accept(code, weak).status_code == 422
        assert accept(code).status_code == 302

    @pytest.mark.parametrize("own", ["lower case words only", "x" * 15 + "ü" * 100, "  spaces at its ends  "])
    def test_length_is_all_that_is_asked_and_nothing_is_cut(self, cast, max_, own):
        accept(make(max_), own)
        assert Client().post("/sign-in", {"username": "fay", "password": own}).status_code == 302
        assert Client().post("/sign-in", {"username": "fay", "password": own[:-1]}).status_code == 422

    def test_what_is_kept_is_a_digest(self, cast, max_):
        code = make(max_)
        assert code not in str(list(Invitation.objects.values()))

    @pytest.mark.parametrize("code", ["", "x", "x" * 5000, "\x00", "ü" * 32])
    def test_odd_codes_are_refused(self, cast, code):
        assert accept(code).status_code == 422

    def test_guessing_is_slowed(self, cast):
        answers = [accept("guess").status_code for _ in range(6)]
        assert answers == [422] * 5 + [429]

    def test_an_invitation_is_no_way_round_the_second_factor(self, cast, max_, settings):
        settings.MFA_REQUIRED = True
        enrol(Client(), cast.ana)
        client = Client(headers={"accept": "text/html"})
        assert accept(code_in(act(max_, "invite_again", cast.ana)), client=client)["Location"] == "/second-factor"
        assert "secret" not in client.get("/second-factor").context
        assert client.post("/second-factor", {"code": code_of(cast.ana)})["Location"] == "/queue"

    def test_a_new_password_ends_the_sessions_under_the_old_one(self, cast, max_):
        ana = cast.browser("ana")
        accept(code_in(act(max_, "invite_again", cast.ana)))
        assert ana.get("/queue")["Location"].startswith("/sign-in")

    def test_without_a_trail_nothing_is_used_up(self, cast, max_, unwritable_trail):
        code = make(max_)
        with unwritable_trail():
            assert accept(code).status_code == 503
        assert accept(code).status_code == 302


class TestAdministrators:
    def test_end_sessions_at_once(self, cast, max_, trail):
        ana, ben = cast.browser("ana"), cast.browser("ben")
        assert act(max_, "end_sessions", cast.ana).status_code == 302
        assert ana.get("/queue")["Location"].startswith("/sign-in")
        assert ben.get("/queue").status_code == 200
        event = trail.events(SESSION_ENDED)[0]
        assert (event["actor_label"], event["object_id"]) == ("max", str(cast.ana.pk))
        assert event["details"] == {"reason": "administrator"}

    def test_disabling_ends_them_and_enabling_revives_none(self, cast, max_):
        ana = cast.browser("ana")
        form = {"username": "ana", "display_name": "Ana"}
        page = reverse("admin:accounts_user_change", args=[cast.ana.pk])
        assert max_.post(page, form).status_code == 302
        assert ana.get("/queue")["Location"].startswith("/sign-in")
        assert max_.post(page, form | {"is_active": "on"}).status_code == 302
        assert ana.get("/queue")["Location"].startswith("/sign-in")

    def test_take_a_lost_factor_away_and_a_new_one_is_set_up(self, cast, max_, trail, settings):
        settings.MFA_REQUIRED = True
        ana = Client(headers={"accept": "text/html"})
        enrol(ana, cast.ana)
        assert ana.get("/queue").status_code == 200
        assert act(max_, "reset_factor", cast.ana).status_code == 302
        assert ana.get("/queue")["Location"].startswith("/sign-in")
        assert not Authenticator.objects.filter(user=cast.ana).exists()
        (event,) = trail.events(SECOND_FACTOR_RESET)
        assert (event["actor_label"], event["object_id"]) == ("max", str(cast.ana.pk))
        give_password(ana, "ana")
        assert ana.get("/second-factor").context["secret"]

    def test_nobody_takes_their_own_away(self, cast, max_, trail):
        act(max_, "reset_factor", cast.max, cast.ana)
        assert trail.events(SECOND_FACTOR_RESET) == []

    @pytest.mark.parametrize("action", ["invite_again", "end_sessions", "reset_factor"])
    def test_not_over_people_of_another_clinic(self, cast, max_, trail, action):
        cleo = cast.browser("cleo")
        act(max_, action, cast.cleo)
        assert not Invitation.objects.exists()
        assert cleo.get("/queue").status_code == 200

    @pytest.mark.parametrize("action", ["invite_again", "end_sessions", "reset_factor"])
    def test_only_after_proving_again_who_they_are(self, cast, max_, tuesday, trail, action):
        for _ in range(3):
            tuesday.shift(timedelta(minutes=4))
            max_.post("/session/active")
        assert act(max_, action, cast.ana)["Location"].startswith("/prove?next=")
        assert max_.get(f"{PEOPLE}add/")["Location"].startswith("/prove?next=")
        assert max_.post("/prove", {"proof": PASSWORD}).status_code == 302
        assert act(max_, action, cast.ana).headers.get("Location", "") in {"", PEOPLE}


class TestTheFirstAdministrator:
    def invite(self, *arguments):
        printed = StringIO()
        call_command("invite", *arguments, stdout=printed)
        return printed.getvalue().strip().rpartition("#")[2]

    def test_is_made_with_their_clinic_by_whoever_runs_the_installation(self, db, trail):
        code = self.invite("gus", "--clinic", "Lakeside Clinic")
        client = Client(headers={"accept": "text/html"})
        assert accept(code, client=client)["Location"] == "/admin/"
        assert User.objects.get(username="gus").has_perm(ADMINISTER)
        assert len(trail.events(ADMIN_RECORD_CHANGED)) == 2
        assert {event["actor_kind"] for event in trail.events(PERSON_INVITED)} == {"service"}

    def test_a_name_nobody_has_needs_a_clinic(self, db):
        with pytest.raises(CommandError, match="name the clinic"):
            self.invite("gus")
        assert not User.objects.exists()

    def test_helps_the_only_administrator_who_lost_everything(self, cast, settings, trail):
        settings.MFA_REQUIRED = True
        enrol(Client(), cast.max)
        code = self.invite("max", "--reset-factor")
        client = Client(headers={"accept": "text/html"})
        accept(code, client=client)
        assert client.get("/second-factor").context["secret"]
        assert len(trail.events(SIGNED_IN)) == 1


def test_an_empty_desk_has_nobody(db):
    assert User.objects.count() == 0


def test_nobody_registers_themselves(client, db):
    for address in ("/register", "/signup", "/sign-up", "/accounts/signup/", "/password-reset"):
        assert client.get(address).status_code == 404
