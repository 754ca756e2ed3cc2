"""Sessions: a desk that nobody touches locks, then logs off; one a person; ended everywhere when something changes."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import Membership, Role, User
from accounts.sessions import NOTED_EVERY, note
from audit.events import (
    CALLBACK_VIEWED,
    PROOF_FAILED,
    QUEUE_VIEWED,
    SESSION_ENDED,
    SESSION_LOCKED,
    SESSION_UNLOCKED,
    SIGNED_OUT,
)
from callbacks.models import Callback
from tests.accounts.clockwork import code_of, enrol
from tests.cast import OPEN_TUESDAY, PASSWORD
from tests.policies.addresses import PAGES, fill
from tests.policies.callers import promise_call

pytestmark = pytest.mark.django_db(transaction=True)

SCRIPT = {"accept": "application/json"}


@pytest.fixture(autouse=True)
def tuesday():
    with time_machine.travel(OPEN_TUESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ana(cast):
    return cast.browser("ana")


def reasons(trail):
    return [event["details"]["reason"] for event in trail.events(SESSION_ENDED)]


class TestIdle:
    def test_after_five_minutes_every_page_leads_to_the_lock(self, cast, ana, tuesday, trail):
        tuesday.shift(timedelta(minutes=5))
        opened = set()
        for route, _ in PAGES:
            for method in ("get", "post"):
                response = getattr(ana, method)(fill(route, object_id=cast.ana.pk))
                if response.status_code != 302 or not response["Location"].startswith("/locked?next="):
                    opened.add(route)
            if route == "sign-out":
                ana = cast.browser("ana")
                tuesday.shift(timedelta(minutes=5))
        assert opened == {"locked", "sign-out"}
        assert trail.events(QUEUE_VIEWED) == []

    def test_the_last_act_counts_to_within_twenty_seconds(self, ana, tuesday):
        for _ in range(4):
            tuesday.shift(timedelta(minutes=4, seconds=39))
            assert ana.get("/queue").status_code == 200
            tuesday.shift(NOTED_EVERY - timedelta(seconds=1))
            assert ana.get("/queue").status_code == 200

    def test_polls_and_heartbeats_do_not_keep_it_open(self, cast, ana, tuesday):
        callback = promise_call(cast.riverside)
        ana.post(f"/callbacks/{callback.pk}/claim")
        for _ in range(9):
            tuesday.shift(timedelta(seconds=30))
            assert ana.get("/queue/pulse").status_code in {200, 204}
            assert ana.post(f"/callbacks/{callback.pk}/heartbeat").status_code == 200
            assert ana.get("/session").status_code == 200
        tuesday.shift(timedelta(seconds=30))
        for answer in (ana.get("/queue/pulse"), ana.post(f"/callbacks/{callback.pk}/heartbeat"), ana.get("/session")):
            assert answer["Location"].startswith("/locked")

    def test_real_keys_do(self, ana, tuesday):
        for _ in range(5):
            tuesday.shift(timedelta(minutes=4))
            assert ana.post("/session/active").json() == {"seconds": 300}
        assert ana.get("/session").json() == {"seconds": 300}

    def test_a_live_call_keeps_it_open_for_twenty_minutes(self, cast, ana, tuesday):
        callback = promise_call(cast.riverside)
        ana.post(f"/callbacks/{callback.pk}/claim")
        Callback.objects.filter(pk=callback.pk).update(dial_started_at=OPEN_TUESDAY)
        for _ in range(19):
            tuesday.shift(timedelta(minutes=1))
            assert ana.post(f"/callbacks/{callback.pk}/heartbeat").status_code == 200
        assert ana.get("/session").json() == {"seconds": 60}
        tuesday.shift(timedelta(minutes=1))
        assert ana.post(f"/callbacks/{callback.pk}/heartbeat")["Location"].startswith("/locked")

    def test_a_call_that_ended_does_not(self, cast, ana, tuesday):
        callback = promise_call(cast.riverside)
        ana.post(f"/callbacks/{callback.pk}/claim")
        Callback.objects.filter(pk=callback.pk).update(dial_started_at=OPEN_TUESDAY)
        ana.post(f"/callbacks/{callback.pk}/heartbeat")
        tuesday.shift(timedelta(minutes=5))
        assert ana.get("/queue")["Location"].startswith("/locked")

    def test_after_half_an_hour_it_is_over(self, cast, ana, tuesday, trail):
        tuesday.shift(timedelta(minutes=30))
        stolen = ana.cookies["sessionid"].value
        assert ana.get("/queue")["Location"] == "/sign-in?next=/queue"
        assert reasons(trail) == ["idle"]
        assert trail.events(SESSION_ENDED)[0]["actor_label"] == "ana"
        assert not Session.objects.filter(session_key=stolen).exists()

    def test_after_twelve_hours_however_busy(self, cast, ana, tuesday, trail):
        for _ in range(12 * 15 - 1):
            tuesday.shift(timedelta(minutes=4))
            assert ana.post("/session/active").status_code == 200
        tuesday.shift(timedelta(minutes=4))
        assert ana.post("/session/active")["Location"].startswith("/sign-in")
        assert reasons(trail) == ["too_old"]


class TestTheLock:
    def test_it_shows_nothing_of_a_caller_and_opens_with_the_password(self, cast, ana, trail):
        callback = promise_call(cast.riverside, first_name="Zqxname")
        assert b"Zqxname" in ana.get(f"/callbacks/{callback.pk}").content
        assert ana.post("/session/lock")["Location"] == "/locked"
        seen = len(trail.events(CALLBACK_VIEWED))
        page = ana.get(f"/callbacks/{callback.pk}", follow=True)
        assert page.request["PATH_INFO"] == "/locked"
        assert b"Zqxname" not in page.content
        assert b"Ana" in page.content
        assert ana.post("/locked", {"proof": "wrong"}).status_code == 422
        opened = ana.post("/locked", {"proof": PASSWORD, "next": f"/callbacks/{callback.pk}"})
        assert opened["Location"] == f"/callbacks/{callback.pk}"
        assert len(trail.events(CALLBACK_VIEWED)) == seen
        assert ana.get(opened["Location"]).status_code == 200
        for tag in (SESSION_LOCKED, PROOF_FAILED, SESSION_UNLOCKED):
            (event,) = trail.events(tag)
            assert event["actor_label"] == "ana"

    def test_the_apps_digits_open_it_once(self, cast, settings, tuesday):
        settings.MFA_REQUIRED = True
        ana = Client(headers={"accept": "text/html"})
        enrol(ana, cast.ana)
        code = code_of(cast.ana)
        for status in (302, 422):
            ana.post("/session/lock")
            assert ana.post("/locked", {"proof": code}).status_code == status

    def test_somebody_elses_password_does_not(self, cast, ana):
        cast.ben.set_password("the password of ben alone")
        cast.ben.save()
        ana.post("/session/lock")
        assert ana.post("/locked", {"proof": "the password of ben alone"}).status_code == 422

    def test_each_step_has_a_session_id_of_its_own(self, ana):
        ana.post("/session/lock")
        keys = [ana.session.session_key]
        for address, form in (
            ("/locked", {"proof": PASSWORD}),
            ("/prove", {"proof": PASSWORD}),
        ):
            stolen = ana.cookies["sessionid"].value
            ana.post(address, form)
            keys.append(ana.session.session_key)
            assert not Session.objects.filter(session_key=stolen).exists()
        assert len(set(keys)) == 3

    def test_a_script_hears_it_in_few_words(self, ana):
        assert ana.post("/session/lock", headers=SCRIPT).status_code == 204
        refused = ana.post("/locked", {"proof": "wrong"}, headers=SCRIPT)
        assert (refused.status_code, refused["Content-Type"]) == (422, "text/plain; charset=utf-8")
        assert ana.post("/locked", {"proof": PASSWORD}, headers=SCRIPT).status_code == 204
        assert ana.get("/queue").status_code == 200

    def test_another_person_switches_at_the_shared_desk(self, cast, ana, trail):
        ana.post("/session/lock")
        assert ana.post("/sign-out")["Location"] == "/sign-in"
        assert ana.post("/sign-in", {"username": "ben", "password": PASSWORD}).status_code == 302
        assert ana.get("/queue").context["desk"]["person"] == "Ben"
        assert [event["actor_label"] for event in trail.events(SIGNED_OUT)] == ["ana"]

    def test_a_page_that_was_still_loading_cannot_write_the_lock_away(self, ana):
        """It read the session before the lock, and notes that somebody was there after it."""
        late = ana.session
        assert "locked" not in late
        ana.post("/session/lock")
        note(late, active_at=OPEN_TUESDAY.timestamp())
        assert ana.get("/queue")["Location"].startswith("/locked")

    def test_a_poll_under_way_while_it_locks_signs_nobody_out(self, ana):
        before = ana.session.session_key
        ana.post("/session/lock")
        assert ana.session.session_key == before

    def test_without_a_trail_it_stays_locked_and_nobody_is_let_out(self, ana, unwritable_trail):
        ana.post("/session/lock")
        key = ana.session.session_key
        with unwritable_trail():
            assert ana.post("/locked", {"proof": PASSWORD}).status_code == 503
            assert ana.post("/sign-out").status_code == 503
        assert ana.session.session_key == key
        assert ana.get("/queue")["Location"].startswith("/locked")


class TestOneAPerson:
    def test_a_new_sign_in_ends_the_older_one(self, cast, ana, trail):
        other = cast.browser("ana")
        assert reasons(trail) == ["superseded"]
        assert ana.get("/queue")["Location"].startswith("/sign-in")
        assert other.get("/queue").status_code == 200

    def test_signing_out_the_older_one_leaves_the_new_one(self, cast, ana):
        other = cast.browser("ana")
        ana.post("/sign-out")
        assert other.get("/queue").status_code == 200

    def test_a_cookie_replayed_after_sign_out_opens_nothing(self, ana):
        stolen = ana.cookies["sessionid"].value
        ana.post("/sign-out")
        thief = Client()
        thief.cookies["sessionid"] = stolen
        assert thief.get("/queue")["Location"].startswith("/sign-in")

    def test_a_disabled_person_is_out_at_once_and_stays_out(self, cast, ana):
        User.objects.filter(pk=cast.ana.pk).update(is_active=False)
        assert ana.get("/queue")["Location"].startswith("/sign-in")
        assert ana.get("/locked")["Location"].startswith("/sign-in")

    def test_a_new_role_gives_the_session_a_new_id(self, cast, ana):
        ana.get("/queue")
        before = ana.session.session_key
        Membership.objects.create(user=cast.ana, clinic=cast.riverside, role=Role.OFFICER, starts_at=OPEN_TUESDAY)
        assert ana.get("/audit/").status_code == 200
        assert ana.session.session_key != before
        assert not Session.objects.filter(session_key=before).exists()

    def test_an_over_session_without_a_trail_is_a_503(self, ana, tuesday, unwritable_trail):
        tuesday.shift(timedelta(hours=1))
        with unwritable_trail():
            assert ana.get("/queue").status_code == 503
        assert ana.get("/queue")["Location"].startswith("/sign-in")


class TestHandover:
    def test_without_a_trail_a_sign_in_leaves_the_session_as_it_was(self, cast, ana, unwritable_trail):
        before = Session.objects.values_list("session_key", "session_data")
        kept = list(before)
        seat = User.objects.get(pk=cast.ana.pk).seat
        with unwritable_trail():
            assert Client().post("/sign-in", {"username": "ana", "password": PASSWORD}).status_code == 503
            assert ana.post("/sign-out").status_code == 503
        assert list(before.all()) == kept
        assert User.objects.get(pk=cast.ana.pk).seat == seat
        assert ana.get("/queue").status_code == 200


class TestSigningInOverIt:
    """`/sign-in` at a desk that still is somebody's, as people do who do not look for the button."""

    def test_looking_at_the_page_ends_nothing(self, ana, trail):
        ana.post("/session/lock")
        assert ana.get("/sign-in").status_code == 200
        assert ana.post("/sign-in", {"username": "ben", "password": "wrong"}).status_code == 422
        assert ana.get("/queue")["Location"].startswith("/locked")
        assert reasons(trail) == []

    def test_with_the_second_factor_owed_it_ends_with_the_password(self, cast, ana, trail, settings):
        settings.MFA_REQUIRED = True
        stolen = ana.cookies["sessionid"].value
        ana.post("/session/lock")
        assert ana.post("/sign-in", {"username": "ben", "password": PASSWORD})["Location"] == "/second-factor"
        assert reasons(trail) == ["switched"]
        thief = Client()
        thief.cookies["sessionid"] = stolen
        assert thief.post("/locked", {"proof": PASSWORD})["Location"].startswith("/sign-in")

    def test_the_same_person_goes_on_in_a_new_one(self, cast, ana, trail):
        ana.post("/session/lock")
        assert ana.post("/sign-in", {"username": "ana", "password": PASSWORD}).status_code == 302
        assert reasons(trail) == ["superseded"]
        assert ana.get("/queue").status_code == 200

    def test_one_that_was_over_says_why(self, ana, tuesday, trail):
        tuesday.shift(timedelta(minutes=31))
        assert ana.post("/sign-in", {"username": "ben", "password": PASSWORD}).status_code == 302
        assert reasons(trail) == ["idle"]

    def test_without_a_trail_it_stays_whose_it_was(self, ana, unwritable_trail):
        ana.post("/session/lock")
        with unwritable_trail():
            assert ana.post("/sign-in", {"username": "ben", "password": PASSWORD}).status_code == 503
        assert ana.post("/locked", {"proof": PASSWORD}).status_code == 302
