"""Sign-in: one way in, the same answer to every wrong try, and the typed name never kept."""

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.test import Client

from audit.events import SIGN_IN_FAILED, SIGNED_IN, SIGNED_OUT
from tests.cast import PASSWORD

# A sign-in and its event commit together, so they have to commit to be seen.
pytestmark = pytest.mark.django_db(transaction=True)

URL = "/sign-in"


def try_in(client, username, password=PASSWORD, **more):
    return client.post(URL, {"username": username, "password": password, **more})


def is_in(client):
    return SESSION_KEY in client.session


class TestRight:
    @pytest.mark.parametrize(
        ("name", "lands"),
        [("ana", "/queue"), ("nadia", "/queue"), ("sam", "/queue"), ("olu", "/audit/overview"), ("max", "/admin/")],
    )
    def test_each_person_lands_at_their_work(self, client, cast, name, lands):
        response = try_in(client, name)
        assert (response.status_code, response["Location"]) == (302, lands)
        assert client.get("/", follow=False)["Location"] == lands

    def test_somebody_without_a_clinic_is_told_who_can_help(self, client, cast):
        cast.ana.memberships.all().delete()
        assert try_in(client, "ana")["Location"] == "/no-clinic"
        assert client.get("/no-clinic").status_code == 200

    def test_the_case_of_the_name_does_not_matter(self, client, cast):
        assert try_in(client, "ANA").status_code == 302

    def test_it_is_recorded_with_who_and_how(self, client, cast, trail):
        try_in(client, "ana")
        (event,) = trail.events(SIGNED_IN)
        assert (event["actor_kind"], event["actor_label"], event["actor_roles"]) == ("human", "ana", ["agent"])
        assert (event["auth_method"], event["object_id"]) == ("password", str(cast.ana.pk))

    def test_the_session_is_a_new_one(self, client, cast):
        """A cookie planted before sign-in opens nothing afterwards (fixation)."""
        planted = client.session
        planted["planted"] = "x"
        planted.save()
        client.cookies["sessionid"] = planted.session_key
        try_in(client, "ana")
        assert client.session.session_key != planted.session_key
        assert not Session.objects.filter(session_key=planted.session_key).exists()

    def test_the_cookie_is_for_the_server_alone(self, client, cast):
        cookie = try_in(client, "ana").cookies["sessionid"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"

    def test_who_is_in_already_is_sent_on(self, cast):
        assert cast.browser("ana").get(URL)["Location"] == "/queue"


class TestWrong:
    @pytest.fixture
    def wrongs(self, client, cast, trail):
        """Answers to a wrong password, an unknown name, a disabled person and one without a password."""
        cast.ben.is_active = False
        cast.ben.save()
        cast.sam.set_unusable_password()
        cast.sam.save()
        return [
            try_in(client, "ana", "wrong password entirely"),
            try_in(client, "nobody"),
            try_in(client, "ben"),
            try_in(client, "sam"),
            try_in(client, "sam", "!"),
        ]

    def test_every_wrong_try_gets_the_same_answer(self, client, wrongs):
        assert {response.status_code for response in wrongs} == {422}
        assert len({str(response.context["form"].errors) for response in wrongs}) == 1
        assert not is_in(client)

    def test_each_is_recorded_as_nobodys_with_the_name_as_a_digest_only(self, wrongs, trail):
        events = trail.events(SIGN_IN_FAILED)
        assert len(events) == len(wrongs)
        assert {event["actor_kind"] for event in events} == {"anonymous"}
        assert {event["outcome"] for event in events} == {4}
        for event in events:
            assert not {"ana", "nobody", "ben", "sam"} & set(str(event).replace("'", " ").split())

    def test_tries_at_one_name_can_be_told_to_be_the_same(self, client, cast, trail):
        for name in ("ana", "ANA", "ben"):
            try_in(client, name, "wrong password entirely")
        first, again, other = (event["details"]["attempted_name_ref"] for event in trail.events(SIGN_IN_FAILED))
        assert first == again != other

    @pytest.mark.parametrize(
        "typed",
        [
            {},
            {"username": "ana"},
            {"username": "", "password": ""},
            {"username": "x" * 5000, "password": "y"},
            {"username": "ana\x00", "password": PASSWORD},
            {"username": "ana", "password": "y" * 5000},
            {"username": "👩‍⚕️", "password": "😀"},
        ],
        ids=["nothing", "no password", "empty", "long name", "NUL", "long password", "emoji"],
    )
    def test_odd_forms_are_wrong_tries_and_no_failures(self, client, cast, trail, typed):
        assert client.post(URL, typed).status_code == 422
        assert len(trail.events(SIGN_IN_FAILED)) == 1
        assert not is_in(client)

    def test_a_password_typed_as_a_name_is_nowhere(self, client, cast, trail, caplog):
        with caplog.at_level("DEBUG"):
            response = try_in(client, "hunter2-hunter2")
        assert "hunter2" not in str(trail.events()) + caplog.text
        assert "hunter2" not in str(response.headers)

    def test_without_the_forms_token_nobody_gets_in(self, cast):
        strict = Client(enforce_csrf_checks=True, headers={"accept": "text/html"})
        assert try_in(strict, "ana").status_code == 403
        assert not is_in(strict)


class TestWhereTo:
    @pytest.mark.parametrize("wanted", ["/audit/?person=ana", "/callbacks/00000000-0000-7000-8000-000000000001"])
    def test_the_page_that_was_asked_for_comes_next(self, client, cast, wanted):
        assert try_in(client, "ana", next=wanted)["Location"] == wanted

    @pytest.mark.parametrize(
        "evil",
        [
            "https://evil.example/",
            "//evil.example/",
            "///evil.example",
            "\\\\evil.example",
            "/\\evil.example",
            "http:evil.example",
            "javascript:alert(1)",
            " //evil.example",
            "https:/evil.example",
            "\x00//evil.example",
        ],
    )
    def test_nobody_is_led_out_of_the_house(self, client, cast, evil):
        assert try_in(client, "ana", next=evil)["Location"] == "/queue"
        assert client.get(URL, {"next": evil})["Location"] == "/queue"

    def test_a_page_behind_the_door_remembers_where_one_wanted_to_go(self, client, cast):
        assert client.get("/queue?view=mine")["Location"] == "/sign-in?next=/queue%3Fview%3Dmine"


class TestSignOut:
    def test_it_kills_the_session_on_the_server(self, cast, trail):
        ana = cast.browser("ana")
        stolen = ana.cookies["sessionid"].value
        response = ana.post("/sign-out")
        assert response["Location"] == "/sign-in"
        assert "storage" in response["Clear-Site-Data"]
        ana.cookies["sessionid"] = stolen
        assert ana.get("/queue").status_code == 302
        assert not Session.objects.filter(session_key=stolen).exists()
        (event,) = trail.events(SIGNED_OUT)
        assert event["actor_label"] == "ana"

    def test_a_link_does_not_sign_anybody_out(self, cast):
        ana = cast.browser("ana")
        assert ana.get("/sign-out").status_code == 405
        assert is_in(ana)

    def test_who_is_not_in_leaves_no_event(self, client, cast, trail):
        assert client.post("/sign-out").status_code == 302
        assert trail.events(SIGNED_OUT) == []


class TestLosingTheRight:
    def test_a_disabled_person_is_out_with_the_next_request(self, cast):
        ana = cast.browser("ana")
        assert ana.get("/queue").status_code == 200
        cast.ana.is_active = False
        cast.ana.save()
        assert ana.get("/queue")["Location"].startswith("/sign-in")

    def test_a_changed_password_ends_the_other_sessions(self, cast):
        ana = cast.browser("ana")
        cast.ana.set_password("quite another password")
        cast.ana.save()
        assert ana.get("/queue").status_code == 302
