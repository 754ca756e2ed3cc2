"""The quarantine page: the officer's alone, like with like, answered once, and both looks and answers on the trail."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.events import ACCESS_DENIED, QUARANTINE_CLOSED, QUARANTINE_VIEWED
from intake.models import Line, Quarantine
from tests.cast import OPEN_TUESDAY
from tests.intake.reports import report, send

URL = "/audit/quarantine"


@pytest.fixture
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


@pytest.fixture
def olu(cast, tuesday):
    return cast.browser("olu")


def address(quarantine):
    return f"{URL}/{quarantine.pk}/close"


def keep_out(**asked):
    delivery_id = send(report(**asked)).json()["id"]
    return Quarantine.objects.get(delivery_id=delivery_id)


def groups(response):
    return [(row.keys, row.kinds, row.count) for row in response.context["rows"]]


@pytest.mark.django_db(transaction=True)
def test_the_officer_reads_what_came_and_answers_like_with_like(olu, tuesday, trail):
    for _ in range(3):
        latest = keep_out(diagnosis="asthma")
        tuesday.shift(timedelta(minutes=1))
    keep_out(preferredTime="Zqxwords about my diabetes, 20 mg")
    response = olu.get(URL)
    assert groups(response) == [
        ("preferredTime", "illness or complaint, medicine", 1),
        ("diagnosis", "", 3),
    ]
    row = response.context["rows"][1]
    assert (row.line, row.id) == ("main", latest.pk)
    assert "Zqx" not in response.content.decode()
    (viewed,) = trail.events(QUARANTINE_VIEWED)
    assert (viewed["actor_label"], viewed["rows_count"], viewed["purpose"]) == ("olu", 2, ["HCOMPL"])

    page = olu.post(address(latest), {"closure": "assistant_corrected"}, follow=True)
    assert "3 reports closed." in page.content.decode()
    assert [count for _, _, count in groups(page)] == [1]
    (closed,) = olu.get(URL, {"view": "closed"}).context["rows"]
    assert (closed.keys, closed.count) == ("diagnosis", 3)
    assert closed.answer.startswith("The assistant was corrected, olu, ")
    events = trail.events(QUARANTINE_CLOSED)
    assert len(events) == 3
    assert {event["actor_label"] for event in events} == {"olu"}
    assert str(latest.pk) in {event["object_id"] for event in events}


def test_what_came_after_the_page_was_read_stays_open(olu, tuesday):
    seen = keep_out(diagnosis="asthma")
    tuesday.shift(timedelta(minutes=1))
    later = keep_out(diagnosis="asthma")
    olu.post(address(seen), {"closure": "incident"})
    assert list(Quarantine.objects.filter(closed_at__isnull=True)) == [later]


def test_an_answer_twice_or_without_a_choice_changes_nothing(olu):
    record = keep_out(diagnosis="asthma")
    for typed in ({}, {"closure": "whatever"}):
        assert "Choose how" in olu.post(address(record), typed, follow=True).content.decode()
    olu.post(address(record), {"closure": "false_alarm"})
    assert "closed this already" in olu.post(address(record), {"closure": "incident"}, follow=True).content.decode()
    record.refresh_from_db()
    assert record.closure == "false_alarm"


def test_another_clinics_is_a_recorded_404(cast, olu, trail):
    record = keep_out(diagnosis="asthma")
    Line.objects.update(clinic=cast.hilltop)
    assert groups(olu.get(URL)) == []
    assert olu.post(address(record), {"closure": "incident"}).status_code == 404
    (event,) = trail.events(ACCESS_DENIED)
    assert event["object_id"] == str(record.pk)
    record.refresh_from_db()
    assert record.closed_at is None


@pytest.mark.parametrize("name", ["ana", "nadia", "sam", "max", "cleo"])
def test_nobody_else_reads_or_answers(cast, tuesday, name):
    record = keep_out(diagnosis="asthma")
    browser = cast.browser(name)
    assert browser.get(URL).status_code == 403
    assert browser.post(address(record), {"closure": "incident"}).status_code == 403
    record.refresh_from_db()
    assert record.closed_at is None


def test_trend_and_kinds_are_counted(olu, tuesday):
    tuesday.shift(-timedelta(weeks=2))
    keep_out(preferredTime="my diabetes")
    tuesday.shift(timedelta(weeks=2))
    for _ in range(2):
        keep_out(preferredTime="my diabetes, dana@example.com")
    context = olu.get(URL).context
    assert [week["count"] for week in context["weeks"]] == [0, 0, 0, 0, 0, 1, 0, 2]
    assert context["weeks"][-1]["label"] == "23 Nov"
    assert [(entry["label"], entry["count"]) for entry in context["by_kind"]] == [
        ("illness or complaint", 3),
        ("e-mail address", 2),
    ]


def test_answers_nobody_asked_for_are_counted_too(olu):
    keep_out(diagnosis="asthma")
    keep_out(ssn="1", preferredTime="my diabetes")
    assert [(entry["label"], entry["count"]) for entry in olu.get(URL).context["by_kind"]] == [
        ("answers nobody asked for", 2),
        ("illness or complaint", 1),
    ]


def test_the_page_costs_the_same_however_much_came(olu, tuesday):
    def queries():
        # The session notes that somebody is here at most every twenty seconds: not in the request that is counted.
        olu.get(URL)
        with CaptureQueriesContext(connection) as captured:
            assert olu.get(URL).status_code == 200
        return len(captured)

    keep_out(diagnosis="asthma")
    few = queries()
    for key in ("ssn", "dob", "email", "notes"):
        keep_out(**{key: "x"})
        tuesday.shift(timedelta(minutes=1))
    assert queries() == few


def test_an_empty_page_says_so(olu):
    assert "Nothing is in quarantine" in olu.get(URL).content.decode()
