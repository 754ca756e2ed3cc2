"""Floods: a source with too many refused messages is held off, and a message that is signed well never is (decision 11)."""

from datetime import timedelta

import pytest
import time_machine

from audit.background import service_scope
from audit.models import Finding
from config.env import SettingError, rate
from intake.models import Rejection
from intake.services import rejecting
from intake.services.rejecting import BATCH, BURST, sweep_rejections
from lib import clock
from tests.cast import OPEN_TUESDAY
from tests.crowd import at_once
from tests.intake.reports import assert_refused, report, send, stored

FORGED = {"X-Vapi-Signature": "0" * 64}
LIMIT = 5


@pytest.fixture(autouse=True)
def minute(cast, settings):
    """The middle of a minute, and a low limit."""
    settings.INTAKE_RATE_LIMIT = LIMIT
    with time_machine.travel(OPEN_TUESDAY + timedelta(seconds=20), tick=False) as now:
        yield now


def statuses(count, headers=FORGED):
    return [send(report(), headers).status_code for _ in range(count)]


def sweep():
    with service_scope("worker", route="test"):
        return sweep_rejections()


def test_beyond_the_limit_the_answer_is_429_until_the_minute_is_over(minute):
    assert statuses(LIMIT + 2) == [401] * LIMIT + [429] * 2
    response = send(report(), FORGED)
    assert_refused(response, 429, "too_many")
    assert response["Retry-After"] == "40"
    minute.shift(timedelta(seconds=40))
    assert statuses(1) == [401]


@pytest.mark.parametrize("kind", ["missing", "mismatch", "malformed"])
def test_all_reasons_of_a_source_count_together(kind):
    statuses(2, {})
    statuses(2, {"X-Vapi-Signature": "xyz"})
    statuses(1)
    sent = {"missing": {}, "mismatch": FORGED, "malformed": {"X-Vapi-Signature": "xyz"}}[kind]
    assert statuses(2, sent) == [429, 429]


def test_what_is_signed_well_is_taken_from_the_same_source_at_the_same_time():
    statuses(LIMIT + 20)
    for _ in range(LIMIT + 20):
        assert send(report()).json()["outcome"] == "queued"
    assert stored()[0] == LIMIT + 20


def test_another_source_is_not_held_off(settings):
    settings.TRUSTED_PROXY = True
    assert statuses(LIMIT + 1, FORGED | {"X-Forwarded-For": "203.0.113.9"})[-1] == 429
    assert statuses(1, FORGED | {"X-Forwarded-For": "203.0.113.10"}) == [401]


def test_another_process_knows_from_the_database(monkeypatch):
    statuses(LIMIT)
    monkeypatch.setattr(rejecting, "_flood", rejecting._Flood())
    assert statuses(1) == [429]


def test_off_is_off(settings):
    settings.INTAKE_RATE_LIMIT = None
    assert set(statuses(LIMIT * 3)) == {401}


def test_beyond_the_limit_counts_are_written_in_batches_and_none_is_forgotten(minute, django_assert_num_queries):
    statuses(LIMIT + 1)
    request_queries = 1  # The lines: the proof is always tried.
    with django_assert_num_queries(request_queries):
        send(report(), FORGED)
    statuses(BATCH + 9)
    assert Rejection.objects.get().count == LIMIT + 1 + BATCH
    minute.shift(timedelta(minutes=1))
    statuses(1)
    assert list(Rejection.objects.order_by("minute").values_list("count", flat=True)) == [LIMIT + 1 + BATCH + 10, 1]


@pytest.mark.django_db(transaction=True)
def test_at_the_same_moment_all_are_counted():
    answers = at_once([lambda: send(report(), FORGED).status_code] * 20)
    assert answers.count(401) == LIMIT
    assert answers.count(429) == 15


@pytest.mark.parametrize(("count", "found"), [(BURST, 0), (BURST + 1, 1)])
def test_a_burst_is_a_finding(minute, settings, count, found):
    settings.INTAKE_RATE_LIMIT = None
    statuses(count)
    minute.shift(timedelta(minutes=1))
    sweep()
    assert Finding.objects.count() == found
    if found:
        finding = Finding.objects.get()
        assert (finding.about_kind, finding.about_id) == ("source", "127.0.0.1")
        assert (finding.details["reason"], finding.details["count"]) == (["mismatch"], BURST + 1)


def test_a_burst_of_several_minutes_is_one_finding_until_it_is_answered(minute, settings):
    settings.INTAKE_RATE_LIMIT = None
    for _ in range(3):
        statuses(BURST + 1)
        minute.shift(timedelta(minutes=1))
        sweep()
    assert Finding.objects.get().count == 3
    Finding.objects.update(resolved_at=clock.now(), resolution="mended")
    sweep()
    assert Finding.objects.count() == 1
    statuses(BURST + 1)
    minute.shift(timedelta(minutes=1))
    sweep()
    assert Finding.objects.count() == 2


def test_reasons_count_together(minute, settings):
    settings.INTAKE_RATE_LIMIT = None
    statuses(BURST)
    send(report(), {})
    minute.shift(timedelta(minutes=1))
    sweep()
    assert Finding.objects.get().details == {
        "reason": ["mismatch", "missing"],
        "count": BURST + 1,
        "minute": OPEN_TUESDAY.isoformat(),
    }


def test_many_sources_with_a_few_each_are_a_burst_of_the_endpoint(minute):
    Rejection.objects.bulk_create(
        Rejection(minute=OPEN_TUESDAY, source=f"203.0.113.{number}", reason="mismatch") for number in range(BURST + 1)
    )
    minute.shift(timedelta(minutes=1))
    sweep()
    finding = Finding.objects.get()
    assert (finding.about_kind, finding.about_id, finding.details["count"]) == ("webhook", "vapi", BURST + 1)


@pytest.mark.parametrize(("text", "expected"), [("600/min", 600), ("5/minute", 5), ("off", None), ("OFF", None)])
def test_the_setting_reads_in_one_way(monkeypatch, text, expected):
    monkeypatch.setenv("INTAKE_RATE_LIMIT", text)
    assert rate("INTAKE_RATE_LIMIT", "600/min") == expected


@pytest.mark.parametrize("text", ["600", "0/min", "-5/min", "600/h", "many", "/min", "1e3/min", "٣/min"])
def test_a_wrong_one_stops_the_start(monkeypatch, text):
    monkeypatch.setenv("INTAKE_RATE_LIMIT", text)
    with pytest.raises(SettingError, match="600/min"):
        rate("INTAKE_RATE_LIMIT", "600/min")


def test_without_the_setting_it_is_six_hundred(monkeypatch):
    monkeypatch.delenv("INTAKE_RATE_LIMIT", raising=False)
    assert rate("INTAKE_RATE_LIMIT", "600/min") == 600
