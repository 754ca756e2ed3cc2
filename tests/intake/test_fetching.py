"""Reports that never came are fetched from VAPI, over real sockets, whatever VAPI does meanwhile; nothing is lost."""

import io
import json
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command

from audit.background import service_scope
from audit.events import DELIVERY_FETCHED, DELIVERY_RECEIVED, LINE_API_KEY_OPENED
from audit.models import Finding
from callbacks.models import Callback
from intake.models import AwaitedReport, Delivery
from intake.models.delivery import Source
from intake.services import vapi_calls
from intake.services.api_keys import forget_api_key, set_api_key
from intake.services.fetching import MOST_ATTEMPTS, due_fetches
from intake.tasks import fetch_missing_reports
from lib import clock
from lib.http import Timeout
from tests.cast import OPEN_TUESDAY
from tests.crowd import at_once
from tests.fakes.stage import dripping, endless, hang_up, redirects_to, says, silence, status
from tests.fakes.vapi import API_KEY, call_record, fake_vapi
from tests.intake.lines import HILLTOP_SECRET, make_line
from tests.intake.messages import CALL_ID, message
from tests.intake.reports import report, send, stored

MISSING = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


@pytest.fixture
def vapi(settings, monkeypatch):
    """VAPI with one account, and a desk that has its key and little patience."""
    monkeypatch.setattr(vapi_calls, "TIMEOUT", Timeout(connect=1, read=0.3, total=1))
    monkeypatch.setattr(vapi_calls, "LONGEST_ANSWER", 200_000)
    with fake_vapi() as found:
        settings.VAPI_BASE_URL, settings.VAPI_API_KEY = found.origin, API_KEY
        yield found


def ends(call_id=CALL_ID, headers=None):
    assert send(message("status-update", status="ended", call_id=call_id), headers).status_code == 200


def awaited(call_id=CALL_ID):
    return AwaitedReport.objects.get(call_id=call_id)


def findings(kind):
    return list(Finding.objects.filter(kind=kind))


def run(*arguments):
    out = io.StringIO()
    call_command("fetch_missing_reports", *arguments, stdout=out)
    return out.getvalue()


class TestFetching:
    def test_the_caller_is_called_back_after_all(self, cast, vapi, tuesday):
        ends()
        vapi.has(call_record(CALL_ID, ended_at=OPEN_TUESDAY))
        tuesday.shift(MISSING)
        fetch_missing_reports()
        call_command("drain", stdout=io.StringIO())
        delivery = Delivery.objects.get()
        assert (delivery.source, delivery.scheme, delivery.call_id) == (Source.FETCHED, "vapi_api", CALL_ID)
        assert (delivery.promise_base, delivery.duration_seconds) == (OPEN_TUESDAY, 48)
        callback = Callback.objects.get()
        assert (callback.status, callback.appointment_type) == ("open", "follow-up")
        assert not AwaitedReport.objects.exists()
        assert (vapi.asked, vapi.keys) == ([CALL_ID], {f"Bearer {API_KEY}"})

    @pytest.mark.django_db(transaction=True)
    def test_the_trail_tells_a_fetched_report_from_a_sent_one(self, cast, vapi, tuesday, trail):
        ends()
        vapi.has(call_record(CALL_ID))
        tuesday.shift(MISSING)
        fetch_missing_reports()
        (event,) = trail.events(DELIVERY_FETCHED)
        assert (event["actor_label"], event["details"]["call_id"]) == ("worker", CALL_ID)
        assert event["fields"] == ["appointmentType", "callbackNumber", "patientFirstName", "preferredTime"]
        assert not trail.events(DELIVERY_RECEIVED)

    def test_nobody_asks_before_it_is_missing(self, cast, vapi, tuesday):
        ends()
        tuesday.shift(MISSING - timedelta(seconds=1))
        fetch_missing_reports()
        assert vapi.asked == []

    @pytest.mark.parametrize("first", ["sent", "fetched"])
    def test_one_that_came_as_well_is_the_same_callback(self, cast, vapi, tuesday, first):
        ends()
        vapi.has(call_record(CALL_ID, ended_at=OPEN_TUESDAY))
        sent = report(call_id=CALL_ID, ended_at=OPEN_TUESDAY)
        if first == "sent":
            send(sent)
        tuesday.shift(MISSING)
        fetch_missing_reports()
        if first == "fetched":
            assert send(sent).json()["outcome"] == "duplicate"
        assert vapi.asked == ([] if first == "sent" else [CALL_ID])
        call_command("drain", stdout=io.StringIO())
        assert stored() == (1, 1, 1)

    def test_what_a_record_holds_too_much_is_dropped_and_noted(self, cast, vapi, tuesday):
        ends()
        record = call_record(CALL_ID, transcript="Zqxtranscript", recordingUrl="https://x.example/Zqx.wav")
        record["analysis"]["structuredData"]["diagnosis"] = "Zqxdiagnosis"
        vapi.has(record)
        tuesday.shift(MISSING)
        fetch_missing_reports()
        delivery = Delivery.objects.get()
        assert delivery.unsafe_evidence == ["recording_present", "transcript_present"]
        assert (delivery.dropped_keys, delivery.quarantine.keys) == (["diagnosis"], ["diagnosis"])

    @pytest.mark.parametrize("gone", ["analysis", "artifact", "customer", "endedAt", "status", "type"])
    def test_a_record_may_lack_anything_but_its_id(self, cast, vapi, tuesday, gone):
        ends()
        record = call_record(CALL_ID)
        del record[gone]
        vapi.has(record)
        tuesday.shift(MISSING)
        fetch_missing_reports()
        assert Delivery.objects.get().source == Source.FETCHED

    @pytest.mark.django_db(transaction=True)
    def test_workers_at_the_same_moment_ask_once(self, cast, vapi, tuesday):
        ends()
        vapi.has(call_record(CALL_ID))
        tuesday.shift(MISSING)
        at_once([fetch_missing_reports] * 4)
        assert vapi.asked == [CALL_ID]
        assert Delivery.objects.count() == 1


class TestTroubles:
    @pytest.mark.parametrize(
        ("play", "trouble"),
        [
            (status(401), "key_refused"),
            (status(403), "key_refused"),
            (status(404), "unknown_call"),
            (status(429), "busy"),
            (status(500), "failing"),
            (status(503, b"<html>"), "failing"),
            (status(204, b""), "unexpected"),
            (redirects_to("https://elsewhere.example.com/call"), "unexpected"),
            (says(b"<html>maintenance</html>", content_type="text/html"), "unreadable"),
            (says(b""), "unreadable"),
            (says(b"[" * 2000), "unreadable"),
            (says(b"[]"), "unreadable"),
            (says(b'{"id": "another"}'), "other_call"),
            (says(b"{}"), "other_call"),
            (says(json.dumps({"id": CALL_ID, "status": "in-progress"}).encode()), "not_ended"),
            (silence, "too_slow"),
            (dripping, "too_slow"),
            (endless, "too_large"),
            (hang_up, "no_connection"),
            (says(b"{}", content_encoding="gzip"), "unreadable"),
        ],
    )
    def test_each_is_kept_in_one_word_and_tried_again_later(self, cast, vapi, tuesday, play, trouble):
        ends()
        vapi.plays(CALL_ID, play)
        tuesday.shift(MISSING)
        fetch_missing_reports()
        row = awaited()
        assert (row.last_trouble, row.attempts) == (trouble, 1)
        assert row.fetch_from == clock.now() + timedelta(minutes=1)
        assert stored() == (0, 0, 0)
        fetch_missing_reports()
        assert vapi.asked == [CALL_ID]

    @pytest.mark.parametrize(
        ("origin", "trouble"), [("https://127.0.0.1:1", "not_trusted"), ("http://127.0.0.1:1", "no_connection")]
    )
    def test_an_address_of_the_house_is_no_vapi(self, cast, vapi, tuesday, settings, origin, trouble):
        """Plain HTTP to this machine is for rehearsals; elsewhere VAPI has a public address."""
        settings.VAPI_BASE_URL = origin
        ends()
        tuesday.shift(MISSING)
        fetch_missing_reports()
        assert awaited().last_trouble == trouble

    @pytest.mark.parametrize(
        ("said", "seconds"),
        [
            ("7", 7), ("0", 0), ("", None), ("soon", None), ("9" * 40, None), ("-5", None),
            ("Tue, 24 Nov 2026 15:13:30 GMT", 90), ("Tue, 24 Nov 2026 15:11:00 GMT", 0),
        ],
    )  # fmt: skip
    def test_retry_after_comes_in_seconds_or_as_a_date(self, said, seconds):
        assert vapi_calls.retry_seconds(said) == seconds

    def test_it_is_fetched_once_the_trouble_is_over(self, cast, vapi, tuesday):
        ends()
        vapi.plays(CALL_ID, status(500), silence, says(json.dumps(call_record(CALL_ID)).encode()))
        tuesday.shift(MISSING)
        for pause in (1, 2, 4):
            fetch_missing_reports()
            tuesday.shift(timedelta(minutes=pause))
        assert Delivery.objects.get().source == Source.FETCHED
        assert not AwaitedReport.objects.exists()

    @pytest.mark.parametrize(("asked", "waits"), [("600", 600), ("5", 60), ("99999", 3600)])
    def test_vapi_says_how_long_to_wait_up_to_an_hour(self, cast, vapi, tuesday, asked, waits):
        ends()
        vapi.plays(CALL_ID, status(429, retry_after=asked))
        tuesday.shift(MISSING)
        fetch_missing_reports()
        assert awaited().fetch_from == clock.now() + timedelta(seconds=waits)

    @pytest.mark.parametrize(("play", "asked"), [(status(503), 1), (silence, 1), (status(401), 1), (status(404), 3)])
    def test_what_would_meet_every_call_of_the_line_is_met_once_a_turn(self, cast, vapi, tuesday, play, asked):
        for number in range(3):
            ends(f"call-{number}")
            vapi.plays(f"call-{number}", play)
        tuesday.shift(MISSING)
        fetch_missing_reports()
        assert len(vapi.asked) == asked

    def test_a_refused_key_is_told_the_officer_once(self, cast, vapi, tuesday, settings):
        settings.VAPI_API_KEY = "a-key-of-another-account"
        ends()
        for _ in range(3):
            tuesday.shift(timedelta(hours=1))
            fetch_missing_reports()
        (finding,) = findings("intake:api-key:refused")
        assert (finding.clinic_id, finding.about_id, finding.count) == (cast.riverside.pk, str(cast.line.pk), 3)


class TestGivingUp:
    def test_after_a_day_a_person_must_look(self, cast, vapi, tuesday):
        ends()
        vapi.plays(CALL_ID, status(500))
        tuesday.shift(MISSING)
        began = clock.now()
        while due_fetches(clock.now()).exists():
            assert not findings("intake:report:lost")
            fetch_missing_reports()
            tuesday.shift(timedelta(hours=1))
        assert len(vapi.asked) == MOST_ATTEMPTS
        assert timedelta(hours=20) < awaited().gave_up_at - began < timedelta(hours=36)
        (finding,) = findings("intake:report:lost")
        assert finding.details == {"call_id": CALL_ID, "line": str(cast.line.pk), "trouble": "failing"}

    def test_a_call_vapi_does_not_know_is_given_up_at_once(self, cast, vapi, tuesday):
        ends()
        tuesday.shift(timedelta(days=2))
        fetch_missing_reports()
        tuesday.shift(timedelta(days=2))
        fetch_missing_reports()
        assert vapi.asked == [CALL_ID]
        assert findings("intake:report:lost")

    def test_one_that_was_given_up_can_be_asked_for_again(self, cast, vapi, tuesday):
        ends()
        tuesday.shift(MISSING)
        fetch_missing_reports()
        vapi.has(call_record(CALL_ID))
        assert run() == "0 fetched.\n"
        assert run("--again") == f"1 of 1: {CALL_ID} fetched, queued\n1 fetched.\n"


class TestKeys:
    def test_without_a_key_nobody_asks(self, cast, vapi, tuesday, settings):
        settings.VAPI_API_KEY = ""
        ends()
        tuesday.shift(MISSING)
        fetch_missing_reports()
        assert vapi.asked == []
        assert awaited().attempts == 0

    @pytest.mark.django_db(transaction=True)
    def test_a_line_of_another_clinic_is_asked_for_with_its_own(self, cast, vapi, tuesday, settings, trail):
        """The environment's key is the default line's alone (decision 14)."""
        settings.VAPI_API_KEY = "the-first-clinics-own-key"
        line = make_line(cast.hilltop, proof="bearer")
        ends(headers={"Authorization": f"Bearer {HILLTOP_SECRET}"})
        vapi.has(call_record(CALL_ID))
        tuesday.shift(MISSING)
        fetch_missing_reports()
        assert vapi.asked == []
        with service_scope("tests", route="test"):
            kept = set_api_key(line, API_KEY)
        fetch_missing_reports()
        delivery = Delivery.objects.get()
        assert (delivery.line, delivery.key_id) == (line, kept.key_id)
        (event,) = trail.events(LINE_API_KEY_OPENED)
        assert (event["clinic_id"], event["fields"]) == (str(cast.hilltop.pk), ["value"])

    @pytest.mark.django_db(transaction=True)
    def test_a_key_that_was_forgotten_asks_no_more(self, cast, vapi, tuesday):
        line = make_line(cast.hilltop, proof="bearer")
        with service_scope("tests", route="test"):
            set_api_key(line, API_KEY)
            forget_api_key(line)
        ends(headers={"Authorization": f"Bearer {HILLTOP_SECRET}"})
        tuesday.shift(MISSING)
        fetch_missing_reports()
        assert vapi.asked == []


class TestCommand:
    def test_it_says_how_far_it_is_and_what_came_of_each(self, cast, vapi, tuesday):
        for call_id in ("call-1", "call-2", "call-3"):
            ends(call_id)
            tuesday.shift(timedelta(seconds=1))
        vapi.has(call_record("call-1"))
        vapi.plays("call-3", status(429, retry_after="120"))
        tuesday.shift(MISSING)
        said = run().splitlines()
        assert said == [
            "1 of 3: call-1 fetched, queued",
            "2 of 3: call-2 given up: VAPI does not know the call",
            "3 of 3: call-3 not fetched: VAPI asked to wait; next try 2026-11-24 15:19 UTC",
            "1 fetched.",
        ]

    def test_a_rehearsal_asks_nobody(self, cast, vapi, tuesday):
        ends()
        tuesday.shift(MISSING)
        assert run("--dry-run") == f"{CALL_ID}, ended 2026-11-24 15:12 UTC\n1 would be fetched.\n"
        assert vapi.asked == []
        assert awaited().attempts == 0

    def test_without_a_key_it_says_so(self, cast, vapi, tuesday, settings):
        settings.VAPI_API_KEY = ""
        ends()
        tuesday.shift(MISSING)
        assert run().startswith("1 missing, of lines without a key: they are not fetched. Set VAPI_API_KEY")
