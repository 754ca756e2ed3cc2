"""The life of a call as VAPI told it, in any order and however often; and calls that ended without a report."""

from datetime import timedelta

import pytest
import time_machine

from intake.messages.lifecycle import call_timeline, missing_reports
from intake.models import AwaitedReport, CallStatus
from intake.tasks import forget_arrived_reports
from lib import clock
from tests.cast import OPEN_TUESDAY
from tests.crowd import at_once
from tests.intake.lines import HILLTOP_SECRET, make_line
from tests.intake.messages import CALL_ID, message
from tests.intake.reports import report, send
from tests.payloads import read_payload


@pytest.fixture(autouse=True)
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


def update(status, *, at=OPEN_TUESDAY, **fields):
    return message("status-update", status=status, timestamp=int(at.timestamp() * 1000), **fields)


def steps(line):
    return [(step.status, step.at) for step in call_timeline(line, CALL_ID)]


def missing():
    return [awaited.call_id for awaited in missing_reports(clock.now())]


class TestTimeline:
    def test_steps_stand_in_the_order_of_their_instants_whatever_order_they_came_in(self, cast):
        told = [("ended", 40), ("queued", 0), ("in-progress", 5), ("ringing", 2)]
        for status, seconds in told:
            send(update(status, at=OPEN_TUESDAY + timedelta(seconds=seconds)))
        assert [status for status, _ in steps(cast.line)] == ["queued", "ringing", "in-progress", "ended"]

    def test_a_step_told_twice_is_one_and_the_first_counts(self, cast):
        send(update("ringing"))
        send(update("ringing", at=OPEN_TUESDAY + timedelta(seconds=9)))
        assert steps(cast.line) == [("ringing", OPEN_TUESDAY)]

    @pytest.mark.django_db(transaction=True)
    def test_copies_at_the_same_moment_are_one(self, cast):
        answers = at_once([lambda: send(update("ended")).status_code] * 12)
        assert answers == [200] * 12
        assert (CallStatus.objects.count(), AwaitedReport.objects.count()) == (1, 1)

    def test_how_it_ended_is_kept_by_its_group(self, cast):
        send(update("ended", endedReason="silence-timed-out"))
        assert CallStatus.objects.get().ended_reason_group == "silence"

    def test_the_published_payloads_make_a_timeline(self, cast):
        for number in ("05_status_update_in_progress", "06_status_update_ended"):
            send(read_payload(f"vapi/{number}.json"))
        assert [step.status for step in CallStatus.objects.order_by("at")] == ["in-progress", "ended"]

    @pytest.mark.parametrize("status", ["Zqxwords", "2025550143", "brand-new"])
    def test_a_status_we_do_not_know_is_kept_as_other(self, cast, status):
        send(update(status))
        assert CallStatus.objects.get().status == "other"

    @pytest.mark.parametrize("told", [{"call_id": None}, {"status": "Dana called again"}, {"status": None}])
    def test_without_a_call_or_a_status_nothing_is_kept(self, cast, told):
        fields = {"status": "ended"} | told
        assert send(message("status-update", **fields)).json()["outcome"] == "ignored"
        assert not CallStatus.objects.exists()

    @pytest.mark.parametrize("far", [timedelta(days=-2), timedelta(days=400)])
    def test_a_clock_far_off_is_not_believed(self, cast, far):
        send(update("ringing", at=OPEN_TUESDAY + far))
        assert steps(cast.line) == [("ringing", OPEN_TUESDAY)]

    def test_another_lines_call_of_the_same_id_is_another_call(self, cast):
        line = make_line(cast.hilltop, proof="bearer")
        send(update("ringing"))
        send(update("ringing"), {"Authorization": f"Bearer {HILLTOP_SECRET}"})
        assert len(steps(cast.line)) == len(steps(line)) == 1


class TestMissingReports:
    def test_one_is_missing_after_five_minutes(self, cast, tuesday):
        send(update("ended"))
        tuesday.shift(timedelta(minutes=4, seconds=59))
        assert missing() == []
        tuesday.shift(timedelta(seconds=1))
        assert missing() == [CALL_ID]
        assert missing_reports(clock.now()).get().ended_at == OPEN_TUESDAY

    @pytest.mark.parametrize("first", ["status", "report"])
    def test_one_that_came_is_not_missing_whatever_came_first(self, cast, tuesday, first):
        sent = [update("ended"), report(call_id=CALL_ID)]
        for found in sent if first == "status" else reversed(sent):
            send(found)
        tuesday.shift(timedelta(hours=1))
        assert missing() == []
        assert AwaitedReport.objects.count() == (1 if first == "status" else 0)
        forget_arrived_reports()
        assert not AwaitedReport.objects.exists()

    def test_one_that_has_not_come_stays_on_the_list(self, cast, tuesday):
        send(update("ended"))
        tuesday.shift(timedelta(days=3))
        forget_arrived_reports()
        assert missing() == [CALL_ID]

    def test_another_lines_report_does_not_stand_for_it(self, cast, tuesday):
        make_line(cast.hilltop, proof="bearer")
        send(update("ended"))
        send(report(call_id=CALL_ID), {"Authorization": f"Bearer {HILLTOP_SECRET}"})
        tuesday.shift(timedelta(hours=1))
        assert missing() == [CALL_ID]

    def test_a_call_that_goes_on_is_not_missed(self, cast, tuesday):
        for status in ("queued", "ringing", "in-progress", "forwarding"):
            send(update(status))
        tuesday.shift(timedelta(hours=1))
        assert missing() == []

    def test_the_longest_missing_comes_first(self, cast, tuesday):
        for call_id in ("call-b", "call-a"):
            send(message("status-update", status="ended", call_id=call_id))
            tuesday.shift(timedelta(minutes=1))
        tuesday.shift(timedelta(hours=1))
        assert missing() == ["call-b", "call-a"]
