"""The reports on accesses: what a person's own work explains, who saw one caller, and what is taken along."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from audit.events import ACCESS_DENIED, REPORT_EXPORTED, REPORT_RUN
from audit.export.table import safe_cell, write_table
from audit.reports.accesses import EXPLAINED_WITHIN, Question, accesses, unexplained_accesses
from tests.policies.callers import promise_call

UNEXPLAINED, ACCESSES = "/audit/reports/unexplained", "/audit/reports/accesses"
NOON = datetime(2026, 11, 10, 17, 0, tzinfo=UTC)


@pytest.fixture
def olu(cast):
    return cast.browser("olu")


@pytest.fixture
def act(cast, lay_down):
    """Lay down what a person did at one callback."""

    def lay(name, tag, record, *, at=NOON, clinic=None, **more):
        person = cast.people[name]
        lay_down(
            at,
            tag=tag,
            clinic_id=(clinic or cast.riverside).pk,
            actor_id=person.pk,
            actor_label=name,
            object_kind="callback",
            object_id=record,
            subject_kind="caller",
            subject_id=f"caller-of-{record}",
            fields=["first_name", "phone"],
            session_ref=f"session of {name}",
            **more,
        )

    return lay


@pytest.fixture
def looked(act):
    """Somebody opened a callback."""

    def look(name, record, **more):
        act(name, "callback:record:viewed", record, **more)

    return look


def found(cast, **more):
    question = Question(clinic_ids=[cast.riverside.pk], **more)
    return [(access.person, access.object_id) for access in unexplained_accesses(question)]


class TestWhatExplains:
    def test_a_look_without_work_is_unexplained(self, cast, looked):
        looked("ana", "one")
        assert found(cast) == [("ana", "one")]

    @pytest.mark.parametrize("tag", ["callback:claim:taken", "callback:attempt:recorded", "callback:call:dialled"])
    @pytest.mark.parametrize("apart", [-EXPLAINED_WITHIN, timedelta(0), EXPLAINED_WITHIN])
    def test_own_work_within_the_hour_explains(self, cast, looked, act, tag, apart):
        looked("ana", "one")
        act("ana", tag, "one", at=NOON + apart)
        assert found(cast) == []

    @pytest.mark.parametrize(
        ("name", "record", "apart"),
        [
            ("ben", "one", timedelta(0)),
            ("ana", "two", timedelta(0)),
            ("ana", "one", EXPLAINED_WITHIN + timedelta(seconds=1)),
        ],
        ids=["a colleague's", "at another callback", "too late"],
    )
    def test_other_work_does_not(self, cast, looked, act, name, record, apart):
        looked("ana", "one")
        act(name, "callback:claim:taken", record, at=NOON + apart)
        assert ("ana", "one") in found(cast)

    def test_one_unexplained_look_among_explained_ones_keeps_the_line(self, cast, looked, act):
        looked("ana", "one")
        act("ana", "callback:claim:taken", "one")
        looked("ana", "one", at=NOON + timedelta(hours=5))
        (access,) = unexplained_accesses(Question(clinic_ids=[cast.riverside.pk]))
        assert (access.count, access.first_at, access.last_at) == (2, NOON, NOON + timedelta(hours=5))

    def test_a_list_a_service_another_clinic_and_another_period_are_not_asked_about(self, cast, looked, act):
        act("ana", "queue:caller:shown", "one")
        looked("ana", "two", actor_kind="service")
        looked("cleo", "three", clinic=cast.hilltop)
        looked("ana", "four")
        assert found(cast, until=NOON) == []
        assert found(cast, since=NOON) == [("ana", "four")]
        assert found(cast, since=NOON, actor_ids=[str(cast.ben.pk)]) == []

    def test_the_callers_report_shows_the_list_too_and_every_person(self, cast, looked, act):
        act("ana", "queue:caller:shown", "one")
        looked("ben", "one", at=NOON + timedelta(minutes=1))
        looked("ben", "two")
        rows = accesses(Question(clinic_ids=[cast.riverside.pk], subject_ids=["caller-of-one"]))
        assert [(row.person, row.fields, row.is_explained) for row in rows] == [
            ("ben", ["first_name", "phone"], False),
            ("ana", ["first_name", "phone"], False),
        ]


class TestThePages:
    @pytest.mark.django_db(transaction=True)
    def test_a_real_look_is_listed_with_both_clocks_until_it_is_worked_on(self, cast, olu, trail):
        callback = promise_call(cast.riverside)
        cast.browser("ana").get(reverse("callbacks:workspace", args=[callback.pk]))
        (row,) = olu.get(UNEXPLAINED).context["rows"]
        assert (row.person, row.record, row.count, row.is_explained) == ("ana", callback.ref, 1, False)
        assert row.utc.endswith("UTC")
        (event,) = trail.events(REPORT_RUN)
        assert (event["actor_label"], event["rows_count"]) == ("olu", 1)
        assert event["details"] == {"report": "unexplained", "filters": ["since"]}

    def test_without_a_caller_the_callers_report_asks_for_one(self, cast, olu, looked):
        looked("ana", "one")
        response = olu.get(ACCESSES)
        assert (response.context["rows"], response.context["export_url"]) == ([], "")
        assert "Whose story?" in response.content.decode()

    def test_one_callers_story_and_its_word_is_recorded_as_a_digest(self, cast, olu, looked, trail):
        record = str(uuid4())
        looked("ana", record)
        (row,) = olu.get(ACCESSES, {"subject": record}).context["rows"]
        assert row.person == "ana"
        (event,) = trail.events(REPORT_RUN)
        assert record not in json.dumps(event)
        assert len(event["details"]["subject_ref"]) == 32

    def test_more_lines_than_are_shown_are_told(self, cast, olu, looked, monkeypatch):
        monkeypatch.setattr("audit.web.reports.SHOWN", 2)
        for n in range(3):
            looked("ana", f"record {n}")
        response = olu.get(UNEXPLAINED, {"since": "2026-11-01"})
        assert len(response.context["rows"]) == 2
        assert "there are more" in response.content.decode()

    def test_a_filter_that_is_not_understood_shows_nothing(self, cast, olu, looked):
        looked("ana", "one")
        for filters in ({"since": "yesterday"}, {"person": "cleo"}, {"subject": "CB-9999"}):
            response = olu.get(UNEXPLAINED, filters)
            assert (response.context["rows"], response.context["export_url"]) == ([], "")
            assert response.context["filters"].errors

    @pytest.mark.parametrize("url", [UNEXPLAINED, ACCESSES, f"{UNEXPLAINED}/export", f"{ACCESSES}/export"])
    @pytest.mark.parametrize("name", ["ana", "sam", "max", "cleo"])
    def test_they_are_the_officers_alone(self, cast, trail, name, url):
        assert cast.browser(name).get(url, {"subject": str(uuid4())}).status_code == 403
        assert [event["actor_label"] for event in trail.events(ACCESS_DENIED)] == [name]


class TestTakenAlong:
    def test_every_line_a_manifest_and_an_event(self, cast, olu, looked, trail, monkeypatch):
        monkeypatch.setattr("audit.web.reports.SHOWN", 2)
        for n in range(3):
            looked("ana", f"record {n}")
        page = olu.get(UNEXPLAINED, {"since": "2026-11-01"})
        response = olu.get(page.context["export_url"])
        assert response["Content-Disposition"].startswith('attachment; filename="unexplained-')
        packed = zipfile.ZipFile(io.BytesIO(response.content))
        (name,) = (entry for entry in packed.namelist() if entry.endswith(".csv"))
        body, manifest = packed.read(name), json.loads(packed.read("manifest.json"))
        rows = list(csv.DictReader(io.StringIO(body.decode())))
        assert len(rows) == manifest["rows"] == 3
        assert manifest["sha256"] == hashlib.sha256(body).hexdigest()
        assert manifest["parameters"]["clinics"] == cast.riverside.name
        assert (rows[0]["first_clinic_time"], rows[0]["first_utc"]) == (
            "2026-11-10 12:00:00-05:00",
            "2026-11-10T17:00:00+00:00",
        )
        assert (rows[0]["person"], rows[0]["explained_by_own_work"]) == ("ana", "no")
        (event,) = trail.events(REPORT_EXPORTED)
        assert (event["rows_count"], event["details"]["sha256"]) == (3, manifest["sha256"])

    def test_who_has_not_proved_lately_who_they_are_is_asked_first(self, cast, olu, looked, trail):
        looked("ana", "one")
        session = olu.session
        session["proved_at"] = 0
        session.save()
        response = olu.get(f"{UNEXPLAINED}/export")
        assert response.status_code == 302
        assert response["Location"].startswith("/prove?next=")
        assert trail.events(REPORT_EXPORTED) == []

    def test_a_filter_that_is_not_understood_leaves_nothing_the_house(self, cast, olu, trail):
        response = olu.get(f"{ACCESSES}/export")
        assert response["Content-Type"].startswith("text/html")
        assert trail.events(REPORT_EXPORTED) == []


class TestTheTable:
    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "|x", "%x"])
    def test_no_cell_is_a_formula(self, text):
        assert safe_cell(text) == f"'{text}"

    @pytest.mark.parametrize("text", ["", "ana", "2026-11-10", "1", "CB-1042", "a=b"])
    def test_a_plain_cell_stays_as_it_is(self, text):
        assert safe_cell(text) == text

    def test_columns_and_cells_are_both_made_safe(self):
        table = write_table("x", ["=a"], [["=b"], ["c\nd"]], parameters={}, head="", made_at=NOON)
        rows = list(csv.reader(io.StringIO(zipfile.ZipFile(io.BytesIO(table.content)).read("x.csv").decode())))
        assert rows == [["'=a"], ["'=b"], ["c\nd"]]
