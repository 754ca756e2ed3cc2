"""Passkeys: bound to this house, this person, this session and one challenge; each refusal changes nothing, on record."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.test import Client

from accounts.models import Passkey, User
from accounts.services.passkeys import MOST_PASSKEYS
from audit.events import (
    ACCESS_DENIED,
    PASSKEY_ADDED,
    PASSKEY_REFUSED,
    PASSKEY_REMOVED,
    PASSKEY_RENAMED,
    PROVED_AGAIN,
    SECOND_FACTOR_FAILED,
    SESSION_ENDED,
    SESSION_UNLOCKED,
    SIGN_IN_FAILED,
    SIGNED_IN,
)
from tests.accounts.clockwork import enrol, give_password
from tests.accounts.device import HAS_KEY, PRESENT, Device, add, prove
from tests.cast import OPEN_TUESDAY, PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/settings/passkeys"


@pytest.fixture(autouse=True)
def tuesday():
    with time_machine.travel(OPEN_TUESDAY, tick=False) as traveller:
        yield traveller


def browser():
    return Client(headers={"accept": "text/html"})


@pytest.fixture
def device():
    return Device()


@pytest.fixture
def ana(cast):
    return cast.browser("ana")


@pytest.fixture
def held(ana, device):
    """Ana has added the device, and is in no session."""
    assert add(ana, device).status_code == 200
    ana.post("/sign-out")
    return Passkey.objects.get()


def is_in(client):
    return client.get("/queue").status_code == 200


def codes(trail, tag):
    return [event.get("outcome_code") for event in trail.events(tag)]


class TestAdding:
    def test_it_is_kept_under_its_name_and_recorded(self, cast, ana, device, trail):
        assert add(ana, device, "Blue telephone").json() == {"onward": PAGE}
        assert b"Blue telephone" in ana.get(PAGE).content
        (event,) = trail.events(PASSKEY_ADDED)
        assert (event["actor_label"], event["object_id"], event["fields"]) == ("ana", str(cast.ana.pk), ["passkeys"])
        assert "Blue" not in json.dumps(trail.events())
        assert event["subtypes"] == ["DCM#110137"]

    def test_what_the_browser_is_asked(self, cast, ana):
        asked = ana.post(f"{PAGE}/challenge").json()
        assert asked["rp"]["id"] == "localhost"
        assert asked["authenticatorSelection"]["userVerification"] == "required"
        assert asked["authenticatorSelection"]["residentKey"] == "required"
        assert len(asked["challenge"]) >= 43
        assert cast.ana.username not in asked["user"]["id"]

    def test_every_other_session_and_every_copy_of_this_one_ends(self, ana, device, trail):
        stolen = ana.cookies["sessionid"].value
        add(ana, device)
        assert is_in(ana)
        thief = browser()
        thief.cookies["sessionid"] = stolen
        assert not is_in(thief)
        assert [event["details"]["reason"] for event in trail.events(SESSION_ENDED)] == ["factor_changed"]

    @pytest.mark.parametrize(
        "device",
        [
            Device(origin="https://localhost:8000"),
            Device(origin="http://localhost.example.com"),
            Device(rp_id="example.com"),
            Device(flags=PRESENT),
            Device(flags=0),
        ],
        ids=["scheme", "host", "house", "nobody verified", "nobody there"],
    )
    def test_what_is_not_of_this_house_and_person_is_refused_and_recorded(self, ana, device, trail):
        assert add(ana, device).status_code == 422
        assert not Passkey.objects.exists()
        assert codes(trail, PASSKEY_REFUSED) == ["malformed"]

    @pytest.mark.parametrize("answer", ["", "[]", "null", "{}", "[" * 5000, '{"response": 5}', '{"rawId": "\\u0000"}'])
    def test_what_is_no_answer_is_refused(self, ana, answer):
        ana.post(f"{PAGE}/challenge")
        assert ana.post(f"{PAGE}/add", {"device": "x", "answer": answer}).status_code == 422

    @pytest.mark.parametrize("name", ["", "   ", "x" * 61])
    def test_it_needs_a_name(self, ana, device, name):
        assert add(ana, device, name).status_code == 422
        assert not Passkey.objects.exists()

    def test_a_credential_somebody_has_is_refused(self, cast, ana, device, trail):
        add(ana, device)
        assert add(cast.browser("ben"), device).status_code == 422
        assert codes(trail, PASSKEY_REFUSED) == ["known"]

    def test_ten_are_enough(self, ana):
        for _ in range(MOST_PASSKEYS):
            assert add(ana, Device()).status_code == 200
        assert b"data-makes" not in ana.get(PAGE).content
        assert add(ana, Device()).status_code == 422

    def test_a_challenge_is_good_once_and_for_five_minutes(self, ana, device, tuesday):
        options = ana.post(f"{PAGE}/challenge").json()
        form = {"device": "x", "answer": json.dumps(device.make(options))}
        assert ana.post(f"{PAGE}/add", form).status_code == 200
        assert ana.post(f"{PAGE}/add", form).status_code == 422
        options = ana.post(f"{PAGE}/challenge").json()
        tuesday.shift(timedelta(minutes=4, seconds=59))
        ana.post("/session/active")
        tuesday.shift(timedelta(seconds=2))
        late = {"device": "x", "answer": json.dumps(Device().make(options))}
        assert ana.post(f"{PAGE}/add", late).status_code == 422

    def test_a_challenge_for_proving_makes_nothing(self, ana, device):
        options = ana.post(f"{PAGE}/challenge").json()
        ana.post("/passkey/challenge")
        form = {"device": "x", "answer": json.dumps(device.make(options))}
        assert ana.post(f"{PAGE}/add", form).status_code == 422

    def test_without_a_trail_nothing_is_added(self, ana, device, unwritable_trail):
        options = ana.post(f"{PAGE}/challenge").json()
        with unwritable_trail():
            assert (
                ana.post(f"{PAGE}/add", {"device": "x", "answer": json.dumps(device.make(options))}).status_code == 503
            )
        assert not Passkey.objects.exists()


class TestKeeping:
    def test_its_pages_ask_who_is_there_when_the_proof_is_old(self, cast, ana, device, tuesday):
        add(ana, device)
        held = Passkey.objects.get()
        for _ in range(3):
            tuesday.shift(timedelta(minutes=4))
            ana.post("/session/active")
        assert ana.get(PAGE)["Location"] == f"/prove?next={PAGE.replace('/', '%2F')}"
        for act in ("challenge", "add", f"{held.pk}/rename", f"{held.pk}/remove"):
            refused = ana.post(f"{PAGE}/{act}", {"device": "Other"})
            assert refused["Location"] == f"/prove?next={PAGE.replace('/', '%2F')}", act
        assert Passkey.objects.get().name == held.name
        assert prove(ana, device, next=PAGE).json() == {"onward": PAGE}
        assert ana.get(PAGE).status_code == 200

    def test_it_is_renamed(self, ana, device, trail):
        add(ana, device)
        assert ana.post(f"{PAGE}/{Passkey.objects.get().pk}/rename", {"device": "Red key"})["Location"] == PAGE
        assert Passkey.objects.get().name == "Red key"
        assert len(trail.events(PASSKEY_RENAMED)) == 1
        assert (
            b"Give the passkey a name"
            in ana.post(f"{PAGE}/{Passkey.objects.get().pk}/rename", {"device": ""}, follow=True).content
        )

    def test_removed_it_opens_nothing(self, ana, device, trail):
        add(ana, device)
        assert ana.post(f"{PAGE}/{Passkey.objects.get().pk}/remove")["Location"] == PAGE
        assert is_in(ana)
        assert len(trail.events(PASSKEY_REMOVED)) == 1
        assert prove(browser(), device).status_code == 422

    @pytest.mark.parametrize("act", ["rename", "remove"])
    def test_somebody_elses_does_not_exist_and_asking_is_recorded(self, cast, held, act, trail):
        assert cast.browser("ben").post(f"{PAGE}/{held.pk}/{act}", {"device": "Mine"}).status_code == 404
        (denial,) = trail.events(ACCESS_DENIED)
        assert (denial["actor_label"], denial["object_id"], denial["outcome_code"]) == (
            "ben",
            str(held.pk),
            "other_person",
        )
        assert Passkey.objects.get().name == "Telephone"

    def test_a_lost_factors_reset_takes_them_away(self, cast, held, device):
        people = cast.browser("max")
        reset = {"action": "reset_factor", "_selected_action": str(cast.ana.pk)}
        assert people.post("/admin/accounts/user/", reset).status_code == 302
        assert not Passkey.objects.exists()
        assert prove(browser(), device).status_code == 422


class TestSigningIn:
    def test_it_signs_its_person_in_by_itself_under_a_new_session_id(self, cast, held, device, trail, settings):
        settings.MFA_REQUIRED = True
        client = browser()
        options = client.post("/passkey/challenge").json()
        before = client.session.session_key
        signed = client.post(
            "/passkey/answer", {"answer": json.dumps(device.use(options)), "next": "/queue?view=mine"}
        )
        assert signed.json() == {"onward": "/queue?view=mine"}
        assert client.session.session_key != before
        assert client.get("/queue").context["desk"]["person"] == "Ana"
        assert trail.events(SIGNED_IN)[-1]["auth_method"] == "passkey"

    def test_it_is_the_second_factor_of_who_gave_a_password(self, cast, held, device, trail):
        client = browser()
        assert give_password(client, "ana")["Location"] == "/second-factor"
        page = client.get("/second-factor")
        assert b"data-passkey" in page.content
        assert b'name="code"' not in page.content
        assert prove(client, device).json() == {"onward": "/queue"}
        assert trail.events(SIGNED_IN)[-1]["auth_method"] == "password+passkey"

    def test_who_has_one_is_not_offered_to_set_another_factor_up_with_the_password_alone(self, held):
        client = browser()
        give_password(client, "ana")
        assert client.get("/second-factor").context.get("secret") is None
        assert client.post("/second-factor", {"code": "123456"}).status_code == 422
        assert not is_in(client)

    def test_beside_the_app_both_are_offered(self, cast, device, settings):
        settings.MFA_REQUIRED = True
        client = browser()
        enrol(client, cast.ana)
        add(client, device)
        client.post("/sign-out")
        give_password(client, "ana")
        page = client.get("/second-factor").content
        assert b"data-passkey" in page
        assert b'name="code"' in page

    def test_somebody_elses_is_no_second_factor(self, cast, held, device, trail):
        cast.ben.set_password(PASSWORD)
        client = cast.browser("ben")
        add(client, Device())
        client.post("/sign-out")
        give_password(client, "ben")
        assert prove(client, device).status_code == 422
        assert not is_in(client)
        (event,) = trail.events(SECOND_FACTOR_FAILED)
        assert (event["actor_label"], event["outcome_code"]) == ("ben", "unknown")

    def test_it_opens_a_locked_desk_and_proves_again(self, cast, held, device, trail):
        client = browser()
        prove(client, device)
        client.post("/session/lock")
        assert b"data-passkey" in client.get("/locked").content
        assert prove(client, device).status_code == 200
        assert is_in(client)
        assert b"data-passkey" in client.get("/prove").content
        assert prove(client, device, next=PAGE).json() == {"onward": PAGE}
        assert [len(trail.events(tag)) for tag in (SESSION_UNLOCKED, PROVED_AGAIN)] == [1, 1]

    def test_somebody_elses_opens_no_locked_desk(self, cast, held, device):
        client = cast.browser("ben")
        client.post("/session/lock")
        assert prove(client, device).status_code == 422
        assert client.get("/queue")["Location"].startswith("/locked")

    def test_a_disabled_person_stays_out(self, cast, held, device, trail):
        User.objects.filter(pk=cast.ana.pk).update(is_active=False)
        client = browser()
        assert prove(client, device).status_code == 422
        assert codes(trail, SIGN_IN_FAILED) == ["disabled"]

    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            ({"origin": "http://evil.example"}, "mismatch"),
            ({"origin": "https://localhost"}, "mismatch"),
            ({"rp_id": "evil.example"}, "mismatch"),
            ({"flags": PRESENT}, "mismatch"),
            ({"flags": HAS_KEY}, "malformed"),
            ({"handle": b"somebody else 00"}, "mismatch"),
            ({"credential_id": b"unknown"}, "unknown"),
        ],
        ids=["origin", "scheme", "house", "nobody verified", "broken", "another person's handle", "unknown"],
    )
    def test_what_is_wrong_is_refused_in_one_sentence_and_recorded(self, held, device, trail, wrong, code):
        for name, value in wrong.items():
            setattr(device, name, value)
        client = browser()
        refused = prove(client, device)
        assert refused.status_code == 422
        assert refused.json()["detail"] == "That passkey does not open this. Try again, or use your password."
        assert not is_in(client)
        assert codes(trail, SIGN_IN_FAILED) == [code]

    def test_another_keys_signature_is_refused(self, held, device):
        device.key = Device().key
        assert prove(browser(), device).status_code == 422

    def test_an_answer_is_good_once_and_in_its_own_session_only(self, held, device):
        client, thief = browser(), browser()
        options = client.post("/passkey/challenge").json()
        form = {"answer": json.dumps(device.use(options))}
        thief.post("/passkey/challenge")
        assert thief.post("/passkey/answer", form).status_code == 422
        assert client.post("/passkey/answer", form).status_code == 200
        client.post("/sign-out")
        assert client.post("/passkey/answer", form).status_code == 422

    def test_of_many_requests_with_one_answer_one_wins(self, held, device):
        client = browser()
        options = client.post("/passkey/challenge").json()
        form = {"answer": json.dumps(device.use(options))}
        cookie = client.cookies["sessionid"].value

        def answer(_):
            try:
                one = browser()
                one.cookies["sessionid"] = cookie
                return one.post("/passkey/answer", form).status_code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(6) as pool:
            assert sorted(pool.map(answer, range(6))) == [200, *([422] * 5)]

    def test_a_counter_that_does_not_grow_is_a_copy(self, held, device, trail):
        for count, status in ((5, 200), (5, 422), (4, 422), (0, 422), (6, 200)):
            device.count = count
            assert prove(browser(), device).status_code == status, count
        assert codes(trail, SIGN_IN_FAILED) == ["copied"] * 3

    def test_a_device_that_does_not_count_goes_on_working(self, held, device):
        assert [prove(browser(), device).status_code for _ in range(2)] == [200, 200]

    def test_without_a_trail_nobody_is_in_and_the_counter_stays(self, held, device, unwritable_trail):
        device.count = 7
        client = browser()
        options = client.post("/passkey/challenge").json()
        with unwritable_trail():
            assert client.post("/passkey/answer", {"answer": json.dumps(device.use(options))}).status_code == 503
        assert not is_in(client)
        assert Passkey.objects.get().sign_count == 0

    def test_who_asks_and_asks_has_to_wait(self, held, trail):
        client = browser()
        waits = [client.post("/passkey/challenge") for _ in range(8)]
        assert waits[0].status_code == 200
        assert waits[-1].status_code == 429
        assert int(waits[-1]["Retry-After"]) > 0
        assert "too_many" in codes(trail, SIGN_IN_FAILED)


class TestTheHouse:
    def test_in_production_it_is_the_host_of_its_public_address_whatever_a_header_says(self, ana, device, settings):
        settings.PUBLIC_URL = "https://desk.example.com"
        asked = ana.post(f"{PAGE}/challenge", headers={"x-forwarded-host": "evil.example"}).json()
        assert asked["rp"]["id"] == "desk.example.com"
        assert add(ana, device).status_code == 422
        at_home = Device(origin="https://desk.example.com", rp_id="desk.example.com")
        for origin in ("https://desk.example.com:8443", "http://desk.example.com", "https://evil.desk.example.com"):
            at_home.origin = origin
            assert add(ana, at_home).status_code == 422, origin
        at_home.origin = "https://desk.example.com"
        assert add(ana, at_home).status_code == 200
