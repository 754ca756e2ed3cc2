"""Speech as VAPI tells it becomes figures of its call, without a word of it; staff are told of a poor line."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connections

from callbacks.models import Callback
from intake.models import CallQuality, SpeechSignal
from intake.queries.quality import call_notices, has_poor_network, steps_of_callback
from intake.services.measuring import QUIET_FOR, SIGNALS_KEPT
from intake.tasks import forget_old_records, measure_calls
from tests.cast import OPEN_TUESDAY
from tests.crowd import at_once
from tests.intake.lines import HILLTOP_SECRET, make_line
from tests.intake.messages import CALL_ID, message
from tests.intake.reports import report, send
from tests.intake.speech import call_with_interruptions, interruption, speech
from tests.payloads import read_payload


@pytest.fixture(autouse=True)
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


def at(milliseconds):
    return OPEN_TUESDAY + timedelta(milliseconds=milliseconds)


def a_poor_line():
    call_with_interruptions(420, 420, 420)


def measure(tuesday):
    tuesday.shift(QUIET_FOR)
    measure_calls()
    return CallQuality.objects.get(call_id=CALL_ID)


class TestSignals:
    def test_todays_messages_tell_who_speaks(self):
        send(speech("started", at(0)))
        send(speech("stopped", at(10)))
        send(speech("started", at(20), role="assistant"))
        send(speech("stopped", at(30), role="assistant"))
        send(interruption(at(40)))
        assert list(SpeechSignal.objects.order_by("at").values_list("speech", flat=True)) == [
            "caller_began", "caller_paused", "assistant_began", "assistant_paused", "interrupted",
        ]  # fmt: skip

    def test_the_published_payloads_are_understood(self, tuesday):
        tuesday.move_to("2026-11-22T18:00:00+00:00")
        assert send(read_payload("vapi/23_article_flat_speech_update_interrupted.json")).json() == {
            "acknowledged": True,
            "action": "flush_and_resume",
        }
        assert send(read_payload("vapi/09_user_interrupted.json")).json()["outcome"] == "ignored"
        assert set(SpeechSignal.objects.values_list("call_id", "speech")) == {
            ("test-call-123", "interrupted"),
            (CALL_ID, "interrupted"),
        }

    def test_no_word_of_it_is_kept(self):
        send(speech("interrupted", at(0), partialText="Zqxwords", text="Zqxwords", transcript="Zqxwords"))
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT to_jsonb(s)::text FROM intake_speechsignal s")
            (row,) = cursor.fetchone()
        assert "interrupted" in row
        assert "Zqx" not in row

    @pytest.mark.django_db(transaction=True)
    def test_copies_at_the_same_moment_are_one(self, cast):
        assert at_once([lambda: send(interruption(at(40))).status_code] * 12) == [200] * 12
        assert (SpeechSignal.objects.count(), CallQuality.objects.count()) == (1, 1)

    @pytest.mark.parametrize(
        "fields", [{"call_id": None}, {"timestamp": None}, {"timestamp": 1e12}, {"status": "sang"}, {"status": None}]
    )
    def test_what_cannot_be_measured_is_only_counted(self, fields):
        told = {"status": "started", "timestamp": OPEN_TUESDAY.timestamp() * 1000} | fields
        assert send(message("speech-update", **told)).status_code == 200
        assert not SpeechSignal.objects.exists()


class TestFigures:
    def test_a_call_is_measured_once_it_is_quiet(self, tuesday):
        a_poor_line()
        measure_calls()
        assert CallQuality.objects.get().measured_to is None
        quality = measure(tuesday)
        assert (quality.interruptions, quality.measured, quality.median_ms, quality.slowest_ms) == (3, 3, 420, 420)
        assert (quality.network, quality.began_at) == ("poor", OPEN_TUESDAY)

    def test_what_comes_late_is_reckoned_with(self, tuesday):
        send(interruption(at(400)))
        assert measure(tuesday).measured == 0
        send(speech("started", at(0)))
        assert measure(tuesday).median_ms == 400

    def test_coughs_and_repeats_are_told_apart(self, tuesday):
        for sent in (
            speech("started", at(0)), interruption(at(90)), speech("stopped", at(120)),
            speech("started", at(5000)), interruption(at(5200)), interruption(at(5400)), speech("stopped", at(6000)),
        ):  # fmt: skip
            send(sent)
        quality = measure(tuesday)
        assert (quality.coughs, quality.interruptions, quality.repeats) == (1, 1, 1)

    def test_instants_are_forgotten_after_90_days_and_figures_stay(self, tuesday):
        a_poor_line()
        measure(tuesday)
        tuesday.move_to(OPEN_TUESDAY + SIGNALS_KEPT)
        forget_old_records()
        assert SpeechSignal.objects.count() == 9
        tuesday.shift(timedelta(minutes=1))
        forget_old_records()
        assert not SpeechSignal.objects.exists()
        measure_calls()
        assert CallQuality.objects.get().network == "poor"


class TestStaff:
    @pytest.fixture
    def callback(self, tuesday):
        send(message("status-update", status="in-progress", timestamp=OPEN_TUESDAY.timestamp() * 1000))
        a_poor_line()
        measure(tuesday)
        send(message("status-update", status="ended", endedReason="silence-timed-out"))
        send(report(call_id=CALL_ID, ended_at=OPEN_TUESDAY))
        call_command("drain", stdout=io.StringIO())
        return Callback.objects.get()

    def test_whoever_rings_back_is_told_of_a_poor_line(self, cast, callback):
        ana = cast.browser("ana")
        (notice,) = call_notices(callback.pk)
        assert notice in ana.get(f"/callbacks/{callback.pk}").content.decode()

    def test_nobody_is_told_of_somebody_elses(self, cast, callback):
        make_line(cast.hilltop, proof="bearer")
        send(report(call_id=CALL_ID), {"Authorization": f"Bearer {HILLTOP_SECRET}"})
        call_command("drain", stdout=io.StringIO())
        theirs = Callback.objects.exclude(pk=callback.pk).get()
        assert has_poor_network(callback.pk)
        assert not has_poor_network(theirs.pk)
        assert steps_of_callback(theirs.pk) == []

    def test_the_steps_of_its_calls_are_at_hand(self, callback):
        steps = steps_of_callback(callback.pk)
        assert [(step.status, step.ended_reason_group) for step in steps] == [
            ("in-progress", ""),
            ("ended", "silence"),
        ]
