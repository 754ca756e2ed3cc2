"""Single keys: a person's own setting, on the server, recorded, and shown by the sheet that every page carries."""

import pytest
from bs4 import BeautifulSoup
from django.db import connections

from accounts.models import User
from audit.events import KEYS_SWITCHED

URL = "/settings/keys"


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
