"""A form sent to a locked desk: what was typed waits for its person, sealed, and for nobody else."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.test import Client

from audit.events import ATTEMPT_RECORDED, CALLBACK_VIEWED, SESSION_ENDED, SIGNED_IN, SIGNED_OUT
from callbacks.models import Attempt, Callback, Draft
from tests.cast import OPEN_TUESDAY, PASSWORD
from tests.policies.callers import promise_call

pytestmark = pytest.mark.django_db(transaction=True)

NOTE = "Zqxnote: she asked for Thursday"


@pytest.fixture(autouse=True)
def tuesday():
    with time_machine.travel(OPEN_TUESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def callback(cast):
    return promise_call(cast.riverside)


@pytest.fixture
def ana(cast, callback):
    client = cast.browser("ana")
    assert client.post(f"/callbacks/{callback.pk}/claim").status_code == 302
    return client


def send(client, callback, note=NOTE, act="outcome"):
    return client.post(f"/callbacks/{callback.pk}/{act}", {"outcome": "no_answer", "note": note, "version": "1"})


@pytest.mark.parametrize("act", ["outcome", "draft"])
@pytest.mark.parametrize("locked_by", ["hand", "idleness"])
def test_what_was_typed_is_kept_sealed_and_waits_on_the_callbacks_page(
    cast, ana, callback, tuesday, trail, act, locked_by
):
    if locked_by == "hand":
        ana.post("/session/lock")
    else:
        tuesday.shift(timedelta(minutes=6))
    page = f"/callbacks/{callback.pk}"
    assert send(ana, callback, act=act)["Location"] == f"/locked?next={page}"
    assert not Attempt.objects.exists()
    assert trail.events(ATTEMPT_RECORDED) == []
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT d::text FROM callbacks_draft d")
        assert "Zqxnote" not in str(cursor.fetchall())
    assert ana.post("/locked", {"proof": PASSWORD, "next": page})["Location"] == page
    assert NOTE.encode() in ana.get(page).content


def test_nothing_of_the_callback_is_shown_or_read(ana, callback, trail):
    ana.post("/session/lock")
    seen = len(trail.events(CALLBACK_VIEWED))
    answer = send(ana, callback)
    assert (answer.status_code, answer.content) == (302, b"")
    assert len(trail.events(CALLBACK_VIEWED)) == seen


def test_an_empty_field_takes_no_draft_away(ana, callback):
    send(ana, callback, act="draft")
    ana.post("/session/lock")
    send(ana, callback, note="  ")
    assert Draft.objects.count() == 1


def test_another_clinics_callback_takes_none(cast, ana):
    elsewhere = promise_call(cast.hilltop)
    ana.post("/session/lock")
    assert send(ana, elsewhere)["Location"] == "/locked?next=/"
    assert not Draft.objects.exists()


def test_an_over_session_keeps_nothing(ana, callback, tuesday):
    tuesday.shift(timedelta(minutes=31))
    assert send(ana, callback)["Location"].startswith("/sign-in")
    assert not Draft.objects.exists()


@pytest.mark.parametrize("way", ["switch", "sign-in page"])
def test_another_person_takes_the_desk_and_the_draft_stays_its_authors(cast, ana, callback, trail, way):
    ana.post("/session/lock")
    send(ana, callback)
    if way == "switch":
        ana.post("/sign-out")
    stolen = ana.cookies["sessionid"].value
    assert ana.post("/sign-in", {"username": "ben", "password": PASSWORD}).status_code == 302
    assert ana.cookies["sessionid"].value != stolen
    ended = trail.events(SIGNED_OUT) if way == "switch" else trail.events(SESSION_ENDED)
    assert [(event["actor_label"], event.get("details", {}).get("reason")) for event in ended] == [
        ("ana", None if way == "switch" else "switched")
    ]
    assert trail.events(SIGNED_IN)[-1]["actor_label"] == "ben"
    assert NOTE.encode() not in ana.get(f"/callbacks/{callback.pk}").content
    callback.refresh_from_db()
    assert callback.claimed_by is None
    cast.ana.refresh_from_db()
    assert cast.ana.seat is None
    again = cast.browser("ana")
    assert NOTE.encode() in again.get(f"/callbacks/{callback.pk}").content


@pytest.mark.parametrize("ended_by", ["idleness", "another sign-in"])
def test_whose_session_is_over_holds_nothing_unless_they_go_on_elsewhere(cast, ana, callback, tuesday, ended_by):
    # A claim that outlives the desk's half hour, as the longest call's does.
    Callback.objects.filter(pk=callback.pk).update(lease_expires_at=OPEN_TUESDAY + timedelta(hours=1))
    if ended_by == "idleness":
        tuesday.shift(timedelta(minutes=31))
    else:
        cast.browser("ana")
    assert ana.get("/queue")["Location"].startswith("/sign-in")
    callback.refresh_from_db()
    assert callback.claimed_by == (None if ended_by == "idleness" else cast.ana)


def test_who_knows_a_password_alone_takes_nobodys_work_away(cast, ana, callback, settings):
    settings.MFA_REQUIRED = True
    thief = Client()
    assert thief.post("/sign-in", {"username": "ana", "password": PASSWORD})["Location"] == "/second-factor"
    thief.post("/sign-out")
    callback.refresh_from_db()
    assert callback.claimed_by == cast.ana
    assert ana.get("/queue").status_code == 200
