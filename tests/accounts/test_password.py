"""One's own password: changed by who knows the present one, long rather than odd, and every other session ends."""

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.test import Client

from accounts.models import Invitation, User
from accounts.services.inviting import invite
from audit.background import service_scope
from audit.events import PASSWORD_CHANGED, PROOF_FAILED, SESSION_ENDED
from tests.accounts.clockwork import enrol, give_password
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/settings/password"
OWN = "seven words that only ana would choose"


@pytest.fixture
def ana(cast):
    return cast.browser("ana")


def change(client, present=PASSWORD, password=OWN):
    return client.post(URL, {"present": present, "password": password})


def signs_in(password):
    return Client().post("/sign-in", {"username": "ana", "password": password}).status_code == 302


def test_the_new_one_signs_in_and_the_old_one_does_not(cast, ana, trail):
    before = ana.cookies["sessionid"].value
    assert change(ana)["Location"] == URL
    assert ana.get("/queue").status_code == 200
    assert ana.cookies["sessionid"].value != before
    assert not signs_in(PASSWORD)
    assert signs_in(OWN)
    (event,) = trail.events(PASSWORD_CHANGED)
    assert (event["actor_label"], event["object_id"], event["fields"]) == ("ana", str(cast.ana.pk), ["password"])
    assert OWN not in str(trail.events())
    assert identify_hasher(User.objects.get(pk=cast.ana.pk).password) is not None


def test_a_copy_of_the_session_is_over(ana, trail):
    thief = Client()
    thief.cookies["sessionid"] = ana.cookies["sessionid"].value
    assert thief.get("/queue").status_code == 200
    change(ana)
    assert thief.get("/queue")["Location"].startswith("/sign-in")
    assert [event["details"]["reason"] for event in trail.events(SESSION_ENDED)] == ["password_changed"]


def test_who_gave_the_old_one_and_owes_the_factor_owes_everything_again(cast, settings):
    settings.MFA_REQUIRED = True
    ana = Client(headers={"accept": "text/html"})
    enrol(ana, cast.ana)
    thief = Client()
    give_password(thief, "ana")
    change(ana)
    assert thief.get("/second-factor")["Location"].startswith("/sign-in")


def test_an_invitation_that_was_open_is_void(cast, ana):
    with service_scope("test", route="test"):
        invite(cast.ana)
    change(ana)
    assert not Invitation.objects.filter(closed_at=None).exists()


@pytest.mark.parametrize("weak", ["short", "password1234", "1qaz2wsx3edc", "eleven-char", "", PASSWORD])
def test_a_weak_one_or_the_same_is_refused_and_nothing_changes(ana, trail, weak):
    assert change(ana, password=weak).status_code == 422
    assert signs_in(PASSWORD)
    assert trail.events(PASSWORD_CHANGED) == []
    assert trail.events(PROOF_FAILED) == []


@pytest.mark.parametrize("own", ["lower case words only", "x" * 15 + "ü" * 200, "  spaces at its ends  "])
def test_length_is_all_that_is_asked_and_nothing_is_cut(ana, own):
    assert change(ana, password=own).status_code == 302
    assert signs_in(own)
    assert not signs_in(own[:-1])


def test_without_the_present_one_nothing_changes_and_guessing_is_slowed(cast, ana, trail):
    answers = [change(ana, present="not hers").status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert not signs_in(OWN)
    assert [event["outcome_code"] for event in trail.events(PROOF_FAILED)] == ["mismatch"] * 5 + ["too_many"]


def test_without_a_trail_it_stays_as_it_was(ana, unwritable_trail):
    with unwritable_trail():
        assert change(ana).status_code == 503
    assert ana.get("/queue").status_code == 200
    assert signs_in(PASSWORD)
