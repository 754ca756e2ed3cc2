"""The accounting of disclosures: what counts as one, what is one line, who may read it and what is taken along."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from audit.background import service_scope
from audit.events import ACCESS_DENIED, REPORT_EXPORTED, REPORT_RUN
from audit.findings import raise_finding, resolve_finding
from audit.models.finding import Resolution
from audit.reports.accesses import Question
from audit.reports.disclosures import disclosures
from callbacks.models import CrmTarget
from callbacks.services.disclosing import POSSIBLE_DISCLOSURE, report_disclosure
from lib import clock
from tests.policies.callers import promise_call

PAGE, EXPORT = "/audit/reports/disclosures", "/audit/reports/disclosures/export"
NOON = datetime(2026, 11, 10, 17, 0, tzinfo=UTC)


@pytest.fixture
def olu(cast):
    return cast.browser("olu")


@pytest.fixture
def sent(cast, lay_down):
    """Lay down that something of one caller was sent."""

    def lay(record, *, to="chart", at=NOON, clinic=None, fields=("first_name",), caller="dana", **more):
        return lay_down(
            at,
            **{
                "tag": "callback:crm:disclosed",
                "clinic_id": (clinic or cast.riverside).pk,
                "actor_kind": "service",
                "object_kind": "callback",
                "object_id": record,
                "subject_kind": "caller",
                "subject_id": caller,
                "details": {"target": to, "recipient": f"{to}.example.com", "fields": list(fields)},
            }
            | more,
        )

    return lay


def found(cast, *ids, **more):
    return disclosures(Question(clinic_ids=[cast.riverside.pk], subject_ids=list(ids or ["dana"]), **more))


def reported(callback):
    with service_scope("test", route="test"):
        report_disclosure(callback)


class TestWhatCounts:
    def test_repeats_to_one_recipient_are_one_line_with_first_last_and_all_fields(self, cast, sent):
        sent("one")
        sent("one", at=NOON + timedelta(days=2), fields=["phone", "first_name"])
        sent("one", to="ledger")
        chart, ledger = found(cast)
        assert (chart.recipient_id, chart.address, chart.count) == ("chart", "chart.example.com", 2)
        assert (chart.first_at, chart.last_at) == (NOON, NOON + timedelta(days=2))
        assert (chart.fields, chart.purposes) == (["first_name", "phone"], ["PATADMIN"])
        assert (ledger.recipient_id, ledger.count) == ("ledger", 1)

    def test_an_address_that_was_changed_is_another_recipient(self, cast, sent):
        sent("one")
        sent("one", details={"target": "chart", "recipient": "elsewhere.example.com", "fields": []})
        assert sorted(one.address for one in found(cast)) == ["chart.example.com", "elsewhere.example.com"]

    def test_a_record_of_before_hosts_were_written_down_is_a_line_without_one(self, cast, sent):
        sent("one", details={"target": "chart", "fields": ["phone"]})
        (line,) = found(cast)
        assert (line.recipient_id, line.address, line.fields) == ("chart", "", ["phone"])

    def test_a_line_stored_twice_is_one_event(self, cast, sent, as_owner):
        event_id = sent("one")
        as_owner(
            "INSERT INTO audit_event (event_id, recorded, line, stored_at)"
            " SELECT event_id, recorded, line, stored_at + interval '1 ms' FROM audit_event WHERE event_id = %s",
            event_id,
        )
        assert [one.count for one in found(cast)] == [1]

    def test_looking_is_no_disclosure_and_others_are_not_asked_about(self, cast, sent):
        sent("one", tag="callback:record:viewed")
        sent("two", caller="robin")
        sent("three", clinic=cast.hilltop)
        assert found(cast) == []
        assert [one.object_id for one in found(cast, "two")] == ["two"]

    def test_a_period_is_half_open(self, cast, sent):
        sent("one")
        assert found(cast, until=NOON) == []
        assert len(found(cast, since=NOON, until=NOON + timedelta(seconds=1))) == 1
        assert found(cast, since=NOON + timedelta(seconds=1)) == []


class TestWhatStaffFeared:
    @pytest.mark.django_db(transaction=True)
    def test_it_stands_beside_what_was_sent_and_is_found_by_caller_and_by_callback(self, cast):
        callback = promise_call(cast.riverside)
        reported(callback)
        for public_id in (callback.pk, callback.caller_id):
            (line,) = found(cast, str(public_id))
            assert (line.is_feared, line.recipient_id, line.object_id) == (True, "", str(callback.pk))
            assert line.sentence == POSSIBLE_DISCLOSURE.sentence

    def test_a_false_alarm_and_another_clinics_are_none(self, cast):
        callback, elsewhere = promise_call(cast.riverside), promise_call(cast.hilltop, phone="+12025550177")
        with service_scope("test", route="test"):
            finding = raise_finding(POSSIBLE_DISCLOSURE, clinic_id=cast.riverside.pk, about=callback.audit_object)
            resolve_finding(finding.pk, Resolution.FALSE_ALARM, clinic_ids=[cast.riverside.pk])
        reported(elsewhere)
        assert found(cast, str(callback.pk), str(elsewhere.pk), str(elsewhere.caller_id)) == []

    def test_its_period_is_from_the_first_time_to_the_last(self, cast):
        callback, now = promise_call(cast.riverside), clock.now()
        reported(callback)
        assert len(found(cast, str(callback.pk), since=now - timedelta(hours=1), until=now + timedelta(hours=1))) == 1
        assert found(cast, str(callback.pk), since=now + timedelta(hours=1)) == []
        assert found(cast, str(callback.pk), until=now - timedelta(hours=1)) == []


class TestThePage:
    def test_a_line_names_recipient_record_purpose_and_both_clocks(self, cast, olu, sent, trail):
        target = CrmTarget.objects.create(clinic=cast.riverside, name="Chart", address="https://chart.example.com")
        callback = promise_call(cast.riverside)
        sent(str(callback.pk), to=str(target.pk), caller=str(callback.caller_id))
        (row,) = olu.get(PAGE, {"subject": callback.ref}).context["rows"]
        assert (row.recipient, row.record, row.purpose) == ("Chart", callback.ref, "Patient administration")
        assert (row.first, row.utc, row.last) == ("Tue 10 Nov 2026, 12:00", "17:00 UTC", "")
        (event,) = trail.events(REPORT_RUN)
        assert (event["rows_count"], event["details"]["report"]) == (1, "disclosures")
        assert callback.ref not in json.dumps(event)

    def test_it_reaches_back_six_years_and_no_further_unless_it_is_told_to(self, cast, olu, sent):
        record, today = str(uuid4()), clock.now()
        sent(record, at=today - timedelta(days=6 * 365), to="late")
        sent(record, at=today - timedelta(days=6 * 365 + 10), to="early")
        assert len(olu.get(PAGE, {"subject": record}).context["rows"]) == 1
        assert len(olu.get(PAGE, {"subject": record, "since": "2010-01-01"}).context["rows"]) == 2

    def test_without_a_caller_it_asks_for_one_and_exports_nothing(self, olu, trail):
        for url in (PAGE, EXPORT):
            response = olu.get(url)
            assert (response.context["rows"], response.context["export_url"]) == ([], "")
            assert "Who asks?" in response.content.decode()
        assert trail.events(REPORT_EXPORTED) == []

    def test_who_saw_the_caller_and_what_left_lead_to_each_other(self, cast, olu):
        ref = promise_call(cast.riverside).ref
        assert f"{PAGE}?subject={ref}" in olu.get(reverse("audit:accesses"), {"subject": ref}).content.decode()
        assert f"/audit/reports/accesses?subject={ref}" in olu.get(PAGE, {"subject": ref}).content.decode()

    @pytest.mark.parametrize("url", [PAGE, EXPORT])
    @pytest.mark.parametrize("name", ["ana", "nadia", "sam", "max", "cleo"])
    def test_it_is_the_officers_alone(self, cast, trail, name, url):
        assert cast.browser(name).get(url, {"subject": str(uuid4())}).status_code == 403
        assert [event["actor_label"] for event in trail.events(ACCESS_DENIED)] == [name]


class TestTakenAlong:
    def test_the_same_lines_with_a_manifest_and_an_event(self, cast, olu, sent, trail):
        callback = promise_call(cast.riverside)
        sent(str(callback.pk), to="=chart", caller=str(callback.caller_id))
        reported(callback)
        page = olu.get(PAGE, {"subject": callback.ref})
        response = olu.get(page.context["export_url"])
        packed = zipfile.ZipFile(io.BytesIO(response.content))
        (name,) = (entry for entry in packed.namelist() if entry.endswith(".csv"))
        rows = list(csv.DictReader(io.StringIO(packed.read(name).decode())))
        manifest = json.loads(packed.read("manifest.json"))
        assert len(rows) == manifest["rows"] == len(page.context["rows"]) == 2
        assert manifest["parameters"]["subject"] == callback.ref
        feared, left = sorted(rows, key=lambda row: row["said_by_staff"], reverse=True)
        assert (feared["recipient"], feared["record"]) == ("Not known", callback.ref)
        assert (left["recipient_address"], left["purpose_code"], left["times"]) == (
            "'=chart.example.com",
            "PATADMIN",
            "1",
        )
        assert (left["first_clinic_time"], left["first_utc"]) == (
            "2026-11-10 12:00:00-05:00",
            "2026-11-10T17:00:00+00:00",
        )
        (event,) = trail.events(REPORT_EXPORTED)
        assert (event["rows_count"], event["details"]["sha256"]) == (2, manifest["sha256"])

    def test_who_has_not_proved_lately_who_they_are_is_asked_first(self, olu, trail):
        session = olu.session
        session["proved_at"] = 0
        session.save()
        response = olu.get(EXPORT, {"subject": str(uuid4())})
        assert (response.status_code, response["Location"].startswith("/prove?next=")) == (302, True)
        assert trail.events(REPORT_EXPORTED) == []
