"""Single keys: a person's own setting, on the server, recorded, and shown by the sheet that every page carries."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.db import connections

from accounts.key_map import FIXED_KEYS, KEY_ACTS, KeyRefusal, choose_keys
from accounts.models import User
from audit.events import KEYS_CHOSEN, KEYS_SWITCHED
from tests.policies.callers import promise_call

URL = "/settings/keys"
HOUSE = Path(__file__).parents[2]
TEMPLATES, GUIDE = HOUSE / "templates", HOUSE / "docs" / "operate" / "reception.md"


def box(client, page="/queue"):
    return BeautifulSoup(client.get(page).content, "html.parser").select_one("[data-keys-on]")


def test_they_work_until_somebody_switches_them_off(cast):
    assert cast.ana.single_keys
    assert box(cast.browser("ana")).has_attr("checked")


def test_switched_off_they_stay_off_on_every_computer_and_for_this_person_alone(cast):
    assert cast.browser("ana").post(URL, {}).status_code == 204
    assert not box(cast.browser("ana")).has_attr("checked")
    assert box(cast.browser("ben")).has_attr("checked")
    assert cast.browser("ana").post(URL, {"on": "on"}).status_code == 204
    assert box(cast.browser("ana")).has_attr("checked")


@pytest.mark.django_db(transaction=True)
def test_the_switch_is_recorded(cast, trail):
    cast.browser("ana").post(URL, {})
    (event,) = trail.events(KEYS_SWITCHED)
    assert (event["actor_label"], event["object_id"], event["fields"]) == ("ana", str(cast.ana.pk), ["single_keys"])


def test_looking_changes_nothing(cast):
    assert cast.browser("ana").get(URL).status_code == 405
    assert User.objects.get(username="ana").single_keys


@pytest.mark.parametrize("page", ["/queue", "/audit/"])
def test_every_page_with_keys_carries_the_switch(cast, page):
    assert box(cast.browser("ana" if page == "/queue" else "olu"), page)["name"] == "on"


def test_a_process_that_does_not_know_the_column_still_makes_people(db):
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_user (id, password, username, display_name, email, is_active, is_staff, joined_at)"
            " VALUES (gen_random_uuid(), '!', 'eli', 'Eli', '', true, false, now())"
        )
    assert User.objects.get(username="eli").single_keys


class TestChoosing:
    def test_keeps_only_what_differs(self):
        assert choose_keys({}) == {}
        assert choose_keys({"call_next": "N", "dial": "q", "claim": ""}) == {"dial": "q", "claim": ""}

    def test_two_acts_may_swap_their_keys(self):
        assert choose_keys({"call_next": "d", "dial": "n"}) == {"call_next": "d", "dial": "n"}

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"dial": "n"}, "N would do two things: “Call next” and “Dial”."),
            ({"dial": "q", "claim": "Q"}, "Q would do two things: “Claim” and “Dial”."),
            ({"dial": "4"}, "Digits choose how a call ended; take another key for “Dial”."),
            ({"dial": "٤"}, "Digits choose how a call ended; take another key for “Dial”."),
            ({"dial": "dd"}, "“Dial” needs one letter or sign, or none."),
            ({"dial": "\x00"}, "“Dial” needs one letter or sign, or none."),
        ],
    )
    def test_what_cannot_be_is_refused_in_words(self, typed, sentence):
        with pytest.raises(KeyRefusal) as refused:
            choose_keys(typed)
        assert refused.value.sentence.startswith(sentence)

    def test_every_act_has_a_key_and_a_name_of_its_own(self):
        assert len({act.key for act in KEY_ACTS}) == len({act.name for act in KEY_ACTS}) == len(KEY_ACTS)

    def test_the_receptionists_guide_has_all_of_them(self):
        keys = [(act.key.upper(), str(act.says)) for act in KEY_ACTS] + [(key, str(says)) for key, says in FIXED_KEYS]
        table = "".join(f"| <kbd>{key}</kbd> | {says} |\n" for key, says in keys)
        assert f"| Key | Does |\n|---|---|\n{table}" in GUIDE.read_text()

    def test_every_control_of_the_pages_names_a_key_of_the_map(self):
        """A control that names another key could neither be moved nor be found on the sheet."""
        known = {act.key for act in KEY_ACTS} | {"escape", "{{ act.key }}", "{{ choice.key }}"}
        named = {
            key for page in TEMPLATES.rglob("*.html") for key in re.findall(r'data-key="([^"]+)"', page.read_text())
        }
        assert named <= known


class TestThePage:
    def test_keeps_keys_for_this_person_alone_and_every_page_shows_them(self, cast):
        ana = cast.browser("ana")
        promise_call(cast.riverside)
        assert ana.post("/keys/choose", {"key-call_next": "Q", "key-claim": "", "on": "on"}).status_code == 302
        user = User.objects.get(username="ana")
        assert (user.own_keys, user.single_keys) == ({"call_next": "q", "claim": ""}, True)
        page = BeautifulSoup(ana.get("/queue").content, "html.parser")
        assert page.select_one('[data-key-default="n"]')["data-key-own"] == "q"
        assert page.select_one('[data-key="n"] kbd').text == "Q"
        assert page.select_one(".hint .keys").text.split() == [
            "J",
            "K",
            "move",
            "·",
            "Enter",
            "open",
            "·",
            "-",
            "claim",
            "·",
            "?",
            "all",
            "keys",
        ]
        other = BeautifulSoup(cast.browser("ben").get("/queue").content, "html.parser")
        assert other.select_one('[data-key="n"] kbd').text == "N"

    def test_says_which_two_would_share_a_key_and_keeps_what_was_typed(self, cast):
        ana = cast.browser("ana")
        response = ana.post("/keys/choose", {"key-dial": "n", "key-note": "w"})
        assert response.status_code == 422
        page = BeautifulSoup(response.content, "html.parser")
        assert "N would do two things" in page.select_one("[role=alert]").text
        assert page.select_one("#key-note")["value"] == "W"
        assert {field["id"] for field in page.select("[aria-invalid=true]")} == {"key-call_next", "key-dial"}
        assert not page.select_one("#single-keys").has_attr("checked")
        assert User.objects.get(username="ana").own_keys == {}

    def test_puts_everything_back_by_one_act(self, cast):
        User.objects.filter(username="ana").update(own_keys={"dial": "q"}, single_keys=False)
        assert cast.browser("ana").post("/keys/choose", {"restore": "yes", "key-dial": "n"}).status_code == 302
        user = User.objects.get(username="ana")
        assert (user.own_keys, user.single_keys) == ({}, True)

    def test_switches_single_keys_off_without_scripts(self, cast):
        cast.browser("ana").post("/keys/choose", {})
        assert not User.objects.get(username="ana").single_keys

    @pytest.mark.parametrize("name", ["ana", "nadia", "sam", "olu", "max", "cleo"])
    def test_is_for_everybody(self, cast, name):
        assert cast.browser(name).get("/keys").status_code == 200

    @pytest.mark.django_db(transaction=True)
    def test_is_recorded(self, cast, trail):
        cast.browser("ana").post("/keys/choose", {"key-dial": "q", "on": "on"})
        (event,) = trail.events(KEYS_CHOSEN)
        assert (event["object_id"], event["fields"]) == (str(cast.ana.pk), ["own_keys", "single_keys"])
