"""A report that carries what a safe assistant never makes: the caller is called back, the officer learns of the setting."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command

from audit.models import Finding
from callbacks.models import Callback
from tests.cast import OPEN_TUESDAY
from tests.intake.reports import report, send
from tests.payloads import read_payload


@pytest.fixture(autouse=True)
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


def found():
    call_command("drain", stdout=io.StringIO())
    return {finding.kind: finding for finding in Finding.objects.all()}


def carrying(**extra):
    sent = report()
    sent["message"] |= {"assistant": {"id": "b1d6b7a0-53c2"}, **extra}
    return sent


@pytest.mark.parametrize(
    ("extra", "kind"),
    [
        ({"recordingUrl": "https://x.example.com/Zqx.wav"}, "intake:assistant:records"),
        ({"artifact": {"stereoRecordingUrl": "https://x.example.com/Zqx.wav"}}, "intake:assistant:records"),
        ({"transcript": "Zqxtranscript"}, "intake:assistant:transcribes"),
        ({"summary": "Zqxsummary"}, "intake:assistant:summarises"),
    ],
)
def test_each_setting_is_a_finding_that_names_the_assistant(cast, extra, kind):
    assert send(carrying(**extra)).json()["outcome"] == "queued"
    findings = found()
    assert set(findings) == {kind}
    finding = findings[kind]
    assert (finding.clinic_id, finding.about_kind, finding.about_id) == (cast.riverside.pk, "line", str(cast.line.pk))
    assert finding.details["assistant"] == "b1d6b7a0-53c2"
    assert "Zqx" not in str(finding.details)
    assert Callback.objects.get().status == "open"


def test_the_published_report_shows_all_three(cast):
    send(read_payload("vapi/01_end_of_call_report_modern.json"))
    assert len(found()) == 3


def test_a_safe_report_shows_none(cast):
    send(report())
    assert found() == {}


def test_many_calls_of_one_wrong_setting_are_one_finding_counted_by_the_hour(cast, tuesday):
    for _ in range(3):
        send(carrying(transcript="Zqxtranscript"))
        tuesday.shift(timedelta(minutes=10))
        found()
    assert Finding.objects.get().count == 1
    tuesday.shift(timedelta(hours=1))
    send(carrying(transcript="Zqxtranscript"))
    found()
    assert Finding.objects.get().count == 2


def test_the_officer_reads_what_to_do(cast):
    send(carrying(recordingUrl="https://x.example.com/a.wav"))
    found()
    page = cast.browser("olu").get("/audit/findings").content.decode()
    assert "artifactPlan.recordingEnabled" in page
    assert "b1d6b7a0-53c2" in page
