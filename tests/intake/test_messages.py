"""Messages that are no report: each row of intake.md's table has its answer, and nothing of their content stays."""

import pytest
import time_machine
from django.apps import apps

from accounts.models import Clinic
from intake.models import CallStatus, Line, MessageCount
from intake.sources.vapi.kinds import KNOWN_TYPES, REPORT_TYPES, REQUEST_TYPES
from tests.cast import OPEN_TUESDAY
from tests.intake.messages import message, tool_calls
from tests.intake.reports import send, stored
from tests.payloads import load_payload, read_payload

IGNORED = {"received": True, "outcome": "ignored"}
STAFF = "+12025550199"
CANARY = "Zqxwords"


@pytest.fixture(autouse=True)
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


def close_for_lunch(now):
    now.move_to(OPEN_TUESDAY.replace(hour=17, minute=30))


def answer(sent):
    response = send(sent)
    assert response.status_code == 200
    assert stored() == (0, 0, 0)
    return response.json()


class TestAssistantRequest:
    request = read_payload("vapi/12_assistant_request.json")

    def test_gets_the_lines_safe_assistant(self, cast):
        Line.objects.update(assistant_id="b1d6b7a0-53c2-4f7c-9a51-0e2f4c6d8a11", staff_number=STAFF)
        assert answer(self.request) == {"assistantId": "b1d6b7a0-53c2-4f7c-9a51-0e2f4c6d8a11"}

    def test_never_gets_the_assistant_it_names_itself(self, cast):
        named = load_payload("vapi/12_assistant_request.json")
        named["message"]["call"]["assistantId"] = named["message"]["assistant"] = "somebody-elses"
        assert "assistantId" not in answer(named)

    def test_without_one_goes_to_staff_while_the_clinic_is_open(self, cast):
        Line.objects.update(staff_number=STAFF)
        assert answer(self.request) == {
            "destination": {"type": "number", "number": STAFF, "message": "Connecting you to the front desk."}
        }

    def test_else_is_told_when_the_clinic_opens(self, cast, tuesday):
        Line.objects.update(staff_number=STAFF)
        close_for_lunch(tuesday)
        assert answer(self.request) == {"error": "Riverside is closed. It opens today 13:00. Please call again then."}

    @pytest.mark.parametrize("has_hours", [True, False])
    def test_without_anybody_still_gets_a_sentence(self, cast, has_hours):
        if not has_hours:
            cast.riverside.periods.all().delete()
        assert answer(self.request) == {"error": "Riverside cannot take your call right now. Please call again later."}

    def test_says_the_neutral_name(self, cast):
        Clinic.objects.update(name="Riverside Oncology", neutral_name="Riverside")
        assert "Oncology" not in str(answer(self.request))


class TestTransfer:
    def test_goes_to_staff_while_the_clinic_is_open(self, cast, tuesday):
        Line.objects.update(staff_number=STAFF, assistant_id="b1d6b7a0")
        sent = message("transfer-destination-request")
        assert answer(sent)["destination"]["number"] == STAFF
        close_for_lunch(tuesday)
        assert answer(sent) == {"error": "Riverside is closed. It opens today 13:00. Please call again then."}

    def test_without_staff_gets_a_sentence(self, cast):
        assert set(answer(message("transfer-destination-request"))) == {"error"}


@pytest.mark.parametrize(
    ("message_type", "expected"),
    [
        ("handoff-destination-request", {"error": "This desk does not support that."}),
        ("knowledge-base-request", {"documents": []}),
        ("voice-request", {"data": ""}),
        ("call.endpointing.request", {"timeoutSeconds": 0.5}),
        ("campaign.predial", {"eligible": False}),
    ],
)
def test_what_is_not_supported_is_said_in_the_types_own_form(cast, message_type, expected):
    assert answer(message(message_type, text=CANARY)) == expected


def test_every_request_type_is_answered_with_something_of_its_own(cast):
    for message_type in REQUEST_TYPES:
        assert answer(message(message_type)) != IGNORED, message_type


class TestBargeIn:
    def test_the_articles_speech_update_is_acknowledged(self, cast):
        sent = read_payload("vapi/23_article_flat_speech_update_interrupted.json")
        assert answer(sent) == {"acknowledged": True, "action": "flush_and_resume"}

    def test_vapis_own_needs_no_answer(self, cast):
        assert answer(read_payload("vapi/09_user_interrupted.json")) == IGNORED
        assert answer(message("speech-update", status="started", role="assistant")) == IGNORED


class TestCounting:
    @pytest.mark.parametrize("message_type", sorted(KNOWN_TYPES - REPORT_TYPES))
    def test_a_known_type_is_counted_and_its_content_is_not_kept(self, cast, message_type, caplog):
        for _ in range(2):
            send(message(message_type, transcript=CANARY, text=CANARY, status=CANARY, conversation=[CANARY]))
        assert list(MessageCount.objects.values_list("line", "day", "message_type", "count")) == [
            (cast.line.pk, OPEN_TUESDAY.date(), message_type, 2)
        ]
        assert CANARY not in everything_stored()
        assert all(CANARY not in str(record.__dict__) for record in caplog.records)

    @pytest.mark.parametrize("message_type", ["brand-new-type", CANARY, "Dana called", "", 5, None, ["hang"], {}])
    def test_whatever_else_is_thanked_for_and_counted_as_other(self, cast, message_type):
        assert answer(message(message_type)) == IGNORED
        assert MessageCount.objects.get().message_type == "other"
        assert CANARY not in everything_stored()

    def test_an_empty_object_is_a_message_too(self, cast):
        assert answer({}) == IGNORED
        assert answer({"message": None}) == IGNORED

    def test_an_unproven_message_is_not_counted(self, cast):
        assert send(message("hang"), {"X-Vapi-Signature": "0" * 64}).status_code == 401
        assert not MessageCount.objects.exists()

    def test_a_report_is_not_counted_here(self, cast):
        send(read_payload("vapi/01_end_of_call_report_modern.json"))
        assert not MessageCount.objects.exists()


WANTED = {"patientFirstName": "Dana", "callbackNumber": "+12025550143", "appointmentType": "follow-up"}


class TestMistypedReports:
    """Somebody waits to be called, whatever the message is called."""

    @pytest.mark.parametrize(
        "message_type", ["End-Of-Call-Report", "end_of_call_report", "call.completed", "", None, 5]
    )
    @pytest.mark.parametrize("place", ["analysis", "artifact", "message"])
    def test_is_taken_for_review(self, cast, message_type, place):
        held = {
            "analysis": {"analysis": {"structuredData": WANTED}},
            "artifact": {"artifact": {"structuredOutputs": {"a1": {"name": "Request", "result": WANTED}}}},
            "message": {"structuredData": WANTED},
        }[place]
        sent = message(message_type, **held)
        if message_type is None:
            del sent["message"]["type"]
        assert send(sent).json()["outcome"] == "needs_review"
        assert stored() == (1, 1, 0)

    def test_is_the_same_as_its_well_typed_copy(self, cast):
        assert send(message("ended", structuredData=WANTED)).json()["outcome"] == "needs_review"
        assert send(message("end-of-call-report", structuredData=WANTED)).json()["outcome"] == "duplicate"

    @pytest.mark.parametrize("message_type", ["transcript", "status-update", "tool-calls", "conversation-update"])
    def test_a_known_type_that_holds_as_much_is_what_it_says(self, cast, message_type):
        send(message(message_type, analysis={"structuredData": WANTED}))
        assert stored() == (0, 0, 0)

    @pytest.mark.parametrize("data", [{}, {"appointmentType": "follow-up"}, {"patientFirstName": ""}, [WANTED], "x"])
    def test_one_without_a_caller_is_no_report(self, cast, data):
        assert answer(message("brand-new-type", analysis={"structuredData": data})) == IGNORED


@pytest.mark.parametrize("junk", [None, 5, "x", [], [[]], {}, {"id": 5}, True])
@pytest.mark.parametrize(
    "message_type",
    ["assistant-request", "tool-calls", "transfer-destination-request", "status-update", "speech-update"],
)
def test_no_junk_in_any_field_breaks_an_answer(cast, message_type, junk):
    fields = ("call", "status", "timestamp", "toolCallList", "toolWithToolCallList", "endedReason", "artifact")
    assert send({"message": {"type": message_type, **dict.fromkeys(fields, junk)}}).status_code == 200
    assert not CallStatus.objects.exists()


def test_tools_are_answered_for_the_proven_line(cast):
    """Its own tests: test_tools.py."""
    results = answer(tool_calls({"id": "call_1", "function": {"name": "queue_status"}}))["results"]
    assert results == [
        {"toolCallId": "call_1", "name": "queue_status", "result": "no callers are waiting for a call back"}
    ]


def everything_stored():
    return "".join(str(list(model._default_manager.values())) for model in apps.get_models() if model._meta.managed)
