"""A report that trips the screen: the callback opens at once, the record stands beside it, the values are nowhere."""

import pytest
import time_machine
from django.db import IntegrityError, transaction

from audit.background import service_scope
from audit.events import DELIVERY_RECEIVED, QUARANTINE_OPENED
from callbacks.models import Callback
from callbacks.states import Status
from intake.models import Delivery, Quarantine
from intake.services.opening import DeliveryWork
from tests.cast import OPEN_TUESDAY
from tests.intake.reports import report, send, stored

pytestmark = pytest.mark.usefixtures("tuesday")


@pytest.fixture
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


def opened():
    with service_scope("worker", route="test"):
        DeliveryWork().work_off(limit=10)
    return Callback.objects.get()


def test_the_caller_waits_for_nobody():
    response = send(report(preferredTime="mornings, it's about my diabetes"))
    assert (response.status_code, response.json()["outcome"]) == (200, "quarantined")
    callback = opened()
    assert (callback.status, callback.review_reasons) == (Status.NEEDS_REVIEW, ["text_removed"])
    assert callback.received_at == OPEN_TUESDAY
    assert callback.due_at is not None
    assert (callback.preferred_window, callback.preferred_words) == ("morning", None)


@pytest.mark.django_db(transaction=True)
def test_the_record_holds_names_and_kinds_and_is_on_the_trail(trail):
    answer = send(report(preferredTime="my diabetes", patientFirstName="Dana 219-09-9999", ssn="1", Zqxkey="2")).json()
    kept_out = Quarantine.objects.get()
    assert str(kept_out.delivery_id) == answer["id"]
    assert kept_out.kinds == ["health_condition", "ssn"]
    assert kept_out.keys[:2] == ["patientFirstName", "preferredTime"]
    hashed, known = kept_out.keys[2:]
    assert (known, hashed.startswith("hashed:")) == ("ssn", True)
    assert kept_out.closed_at is None
    (event,) = trail.events(QUARANTINE_OPENED)
    assert (event["object_id"], event["actor_kind"]) == (str(kept_out.pk), "webhook")
    assert event["details"] == {"keys": kept_out.keys, "kinds": kept_out.kinds}
    (received,) = trail.events(DELIVERY_RECEIVED)
    assert received["details"]["removed_keys"] == ["patientFirstName", "preferredTime"]


def test_unexpected_keys_alone_are_quarantined_too():
    assert send(report(diagnosis="asthma")).json()["outcome"] == "quarantined"
    assert (Quarantine.objects.get().keys, Quarantine.objects.get().kinds) == (["diagnosis"], [])


def test_a_defect_that_is_no_secret_is_only_reviewed():
    assert send(report(patientFirstName=None)).json()["outcome"] == "needs_review"
    assert not Quarantine.objects.exists()


def test_a_duplicate_leaves_one_record():
    message = report(call_id="call-1", preferredTime="my diabetes")
    assert [send(message).json()["outcome"] for _ in range(2)] == ["quarantined", "duplicate"]
    assert Quarantine.objects.count() == 1


def test_a_recording_is_the_assistants_fault_and_no_quarantine():
    message = report()
    message["message"]["artifact"] = {"recordingUrl": "https://example.com/x.wav", "transcript": "AI: hello"}
    assert send(message).json()["outcome"] == "queued"
    assert Delivery.objects.get().unsafe_evidence == ["recording_present", "transcript_present"]
    assert not Quarantine.objects.exists()


def test_the_database_refuses_half_an_answer():
    send(report(diagnosis="asthma"))
    for half in ({"closure": "incident"}, {"closed_at": OPEN_TUESDAY}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Quarantine.objects.update(**half)


class TestStrict:
    """The article's answers, and still nothing is lost."""

    @pytest.fixture(autouse=True)
    def strict(self, settings):
        settings.INTAKE_STRICT = True

    @pytest.mark.parametrize(
        "asked", [{"patientFirstName": None}, {"callbackNumber": None}, {"patientFirstName": "", "diagnosis": "x"}]
    )
    def test_incomplete_data_is_400_and_stored(self, asked):
        response = send(report(**asked))
        assert response.status_code == 400
        assert response.json()["error"] == "missing required fields"
        assert stored()[:2] == (1, 1)
        assert opened().status == Status.NEEDS_REVIEW

    @pytest.mark.parametrize("asked", [{"diagnosis": "asthma"}, {"preferredTime": "my asthma"}])
    def test_what_may_not_be_collected_is_422_and_the_rest_is_stored(self, asked):
        for _ in range(2):
            response = send(report(call_id="call-1", **asked))
            assert response.status_code == 422
            assert response.json()["error"] == "unexpected_fields"
            assert "asthma" not in response.content.decode()
        assert stored()[:2] == (1, 1)
        assert Quarantine.objects.count() == 1
        assert opened().status == Status.NEEDS_REVIEW

    def test_a_good_report_is_200(self):
        assert send(report()).json()["outcome"] == "queued"
