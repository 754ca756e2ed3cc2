"""The trail page: the officer's alone, and looking at it is an event that tells no search word."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from audit.events import ACCESS_DENIED, CALLBACK_OPENED, TRAIL_VIEWED
from tests.policies.callers import promise_call

URL = "/audit/"


@pytest.fixture
def olu(cast):
    return cast.browser("olu")


def shown(response):
    """(person, sentence) of the events on the page."""
    return [(row.person, row.sentence) for row in response.context["events"]]


@pytest.mark.django_db(transaction=True)
def test_the_officer_reads_who_did_what(cast, olu):
    cast.browser("ana").get(reverse("callbacks:queue"))
    response = olu.get(URL, {"person": "ana"})
    assert response.status_code == 200
    assert ("ana", "looked at the queue") in shown(response)
    assert ("ana", "signed in") in shown(response)
    assert {person for person, _ in shown(response)} == {"ana"}
    assert "no-store" in response["Cache-Control"]


def test_another_clinics_people_are_invisible(cast, olu):
    cast.browser("cleo").get(reverse("callbacks:queue"))
    response = olu.get(URL)
    assert "cleo" not in {person for person, _ in shown(response)}
    assert "cleo" not in response.context["people"]


@pytest.mark.django_db(transaction=True)
def test_a_callers_whole_story_is_one_search(cast, olu):
    callback = promise_call(cast.riverside)
    cast.browser("ana").get(reverse("callbacks:workspace", args=[callback.pk]))
    sentences = {sentence for _, sentence in shown(olu.get(URL, {"subject": callback.ref}))}
    assert sentences == {CALLBACK_OPENED.sentence, "opened a callback"}
    assert olu.get(URL, {"subject": str(callback.caller_id)}).context["events"]


def test_a_row_names_ids_and_fields_and_no_value(cast, olu):
    callback = promise_call(cast.riverside, first_name="Zqxname")
    cast.browser("ana").get(reverse("callbacks:workspace", args=[callback.pk]))
    response = olu.get(URL, {"subject": str(callback.pk)})
    (row,) = response.context["events"]
    assert (row.object, row.object_id) == (callback.ref, str(callback.pk))
    assert (row.subject, row.subject_id) == (f"caller …{str(callback.caller_id)[-8:]}", str(callback.caller_id))
    assert row.fields == "first_name, phone_tail"
    assert (row.role, row.outcome, row.outcome_kind) == ("agent", "done", "ok")
    assert str(callback.caller_id) in row.subject_url
    assert "Zqxname" not in response.content.decode()


@pytest.mark.parametrize("name", ["ana", "nadia", "sam", "max", "cleo"])
def test_nobody_else_may_read_it_and_the_try_is_recorded(cast, trail, name):
    response = cast.browser(name).get(URL)
    assert response.status_code == 403
    (event,) = trail.events(ACCESS_DENIED)
    assert (event["actor_label"], event["route"], event["outcome_code"]) == (name, "audit:trail", "forbidden")
    assert trail.events(TRAIL_VIEWED) == []


def test_who_is_not_signed_in_is_led_to_the_door(client, db):
    response = client.get(URL)
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in?next=")


def test_a_search_is_recorded_without_its_word(cast, olu, trail):
    callback = promise_call(cast.riverside)
    olu.get(URL, {"subject": callback.ref, "person": "ana", "since": "2026-01-01"})
    (event,) = trail.events(TRAIL_VIEWED)
    assert event["actor_label"] == "olu"
    assert event["purpose"] == ["HCOMPL"]
    assert event["rows_count"] == 0
    assert event["details"]["filters"] == ["person", "subject", "since"]
    assert len(event["details"]["subject_ref"]) == 32
    # Digests and random ids may hold any digits by chance; everything else is words.
    chance = {"id", "actor_id", "recorded", "request_id", "session_ref", "stream_id", "user_agent_hash"}
    words = {key: value for key, value in event.items() if key not in chance}
    words["details"] = {**event["details"], "subject_ref": ""}
    for word in (callback.ref, str(callback.number), "2026-01-01"):
        assert word not in str(words)


def test_two_searches_for_one_person_can_be_told_to_be_the_same(cast, olu, trail):
    for subject in ("CB-1", "CB-1", "CB-2"):
        olu.get(URL, {"subject": subject})
    first, again, other = (event["details"]["subject_ref"] for event in trail.events(TRAIL_VIEWED))
    assert first == again != other


def test_a_broken_filter_says_so_and_shows_nothing(cast, olu):
    response = olu.get(URL, {"subject": "Dana", "since": "yesterday"})
    assert response.status_code == 200
    assert response.context["events"] == []
    assert len(response.context["filters"].errors) == 2
    assert response.context["empty"]["title"] == "Nothing was searched"


@pytest.mark.django_db(transaction=True)
def test_the_next_page_keeps_the_filters(cast, olu, monkeypatch):
    monkeypatch.setattr("audit.search.PAGE_SIZE", 2)
    ana = cast.browser("ana")
    for _ in range(3):
        ana.get(reverse("callbacks:queue"))
    first = olu.get(URL, {"person": "ana"})
    assert first.context["next_page_url"].startswith("/audit/?person=ana&after=")
    second = olu.get(first.context["next_page_url"])
    assert len(second.context["events"]) == 2
    assert second.context["next_page_url"] == ""
    assert not {row.request_id for row in first.context["events"]} & {
        row.request_id for row in second.context["events"]
    }


def test_times_are_the_clinics_with_utc_beside_them(cast, olu, lay_down):
    lay_down(datetime(2003, 7, 1, 3, 30, tzinfo=UTC), clinic_id=cast.riverside.pk, actor_id=cast.ana.pk)
    (row,) = olu.get(URL, {"until": "2003-06-30", "since": "2003-06-30"}).context["events"]
    assert row.recorded == "Mon 30 Jun 2003, 23:30:00"
    assert row.recorded_utc.startswith("2003-07-01 03:30:00")


def test_the_purpose_is_in_words_and_an_unknown_one_as_it_stands(cast, olu, lay_down):
    for purpose in ("PATADMIN", "TREAT", "HCOMPL", "HSYSADMIN", "ODD"):
        lay_down(
            datetime(2003, 7, 1, 3, 30, tzinfo=UTC),
            clinic_id=cast.riverside.pk,
            actor_id=cast.ana.pk,
            purpose=[purpose],
        )
    rows = olu.get(URL, {"until": "2003-06-30", "since": "2003-06-30"}).context["events"]
    words = {"patient administration", "treatment", "compliance", "system administration"}
    assert {row.purpose for row in rows} == {f"for {word}" for word in words} | {"ODD"}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "head", "options"])
def test_it_is_only_read(cast, olu, method):
    assert getattr(olu, method)(URL).status_code == 405
