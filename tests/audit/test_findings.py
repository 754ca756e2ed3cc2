"""Findings: one open row a thing, answered by an officer of its clinic alone, and both ends on the trail."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from audit.background import service_scope
from audit.events import ACCESS_DENIED, FINDING_RAISED, FINDING_RESOLVED, FINDINGS_VIEWED
from audit.findings import KINDS, Severity, declare_finding, open_count, raise_finding
from audit.models import Finding
from audit.models.finding import Resolution
from audit.scope import NoAuditScopeError, Subject
from tests.cast import OPEN_TUESDAY
from tests.crowd import at_once
from tests.policies.callers import promise_call

URL = "/audit/findings"


@pytest.fixture(scope="module")
def kind():
    declared = declare_finding("test:door:ajar", Severity.ALARM, "A door stands ajar", "Close it.")
    yield declared
    del KINDS[declared.value]


@pytest.fixture
def find(kind):
    def find_it(**about) -> Finding:
        with service_scope("test", route="test"):
            return raise_finding(kind, **about)

    return find_it


@pytest.fixture
def olu(cast):
    return cast.browser("olu")


def sentences(response):
    return [row.sentence for row in response.context["rows"]]


class TestRaising:
    @pytest.mark.django_db(transaction=True)
    def test_the_same_thing_seen_again_counts_on_its_row_and_is_one_event(self, cast, find, trail):
        about = Subject("callback", "0199")
        first = find(clinic_id=cast.riverside.pk, about=about, details={"rows": 1})
        again = find(clinic_id=cast.riverside.pk, about=about, details={"rows": 5})
        assert (again.pk, again.count, again.details) == (first.pk, 2, {"rows": 5})
        assert again.last_seen_at > first.first_seen_at == again.first_seen_at
        assert [event["object_id"] for event in trail.events(FINDING_RAISED)] == [str(first.pk)]

    def test_other_things_other_clinics_and_the_house_are_rows_of_their_own(self, cast, find):
        find(clinic_id=cast.riverside.pk)
        find(clinic_id=cast.hilltop.pk)
        find(clinic_id=cast.riverside.pk, about=Subject("callback", "0199"))
        find()
        find()
        assert sorted(Finding.objects.values_list("count", flat=True)) == [1, 1, 1, 2]
        assert (open_count([cast.riverside.pk]), open_count([cast.hilltop.pk])) == (3, 2)

    @pytest.mark.django_db(transaction=True)
    def test_seen_by_many_at_once_it_is_one_row(self, cast, find):
        at_once([find] * 6)
        assert Finding.objects.get().count == 6

    def test_seen_again_too_soon_the_open_one_stays_as_it_is(self, cast, find):
        hour = timedelta(hours=1)
        with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
            first = find(details={"rows": 1}, at_most_every=hour)
            now.shift(hour - timedelta(seconds=1))
            assert find(details={"rows": 2}, at_most_every=hour).details == {"rows": 1}
            now.shift(timedelta(seconds=1))
            assert find(details={"rows": 3}, at_most_every=hour).count == 2
            Finding.objects.update(resolved_at=OPEN_TUESDAY, resolution="mended")
            assert find(at_most_every=hour).pk != first.pk

    def test_nobody_finds_anything_outside_a_scope(self, db, kind):
        with pytest.raises(NoAuditScopeError):
            raise_finding(kind)
        assert not Finding.objects.exists()

    def test_a_kind_is_declared_once(self, kind):
        with pytest.raises(ValueError, match="twice"):
            declare_finding(kind.value, Severity.WARNING, "again", "")


class TestThePage:
    @pytest.mark.django_db(transaction=True)
    def test_the_officer_reads_and_answers(self, cast, olu, find, trail):
        finding = find(
            clinic_id=cast.riverside.pk, details={"words": ["one", "two"], "minute": "2026-11-24T15:12:00+00:00"}
        )
        response = olu.get(URL)
        (row,) = response.context["rows"]
        assert (row.sentence, row.advice, row.badge_text) == ("A door stands ajar", "Close it.", "Alarm")
        assert (row.clinic, row.details) == (cast.riverside.name, "minute: Tue 24 Nov 2026, 10:12, words: one, two")
        (viewed,) = trail.events(FINDINGS_VIEWED)
        assert (viewed["actor_label"], viewed["rows_count"]) == ("olu", 1)

        answered = olu.post(reverse("audit:resolve-finding", args=[finding.pk]), {"resolution": "mended"}, follow=True)
        assert sentences(answered) == []
        (row,) = olu.get(URL, {"view": "resolved"}).context["rows"]
        assert row.resolution.startswith("Mended, olu, ")
        (event,) = trail.events(FINDING_RESOLVED)
        assert (event["actor_label"], event["object_id"]) == ("olu", str(finding.pk))

    def test_seen_again_after_its_answer_it_opens_anew(self, cast, olu, find):
        finding = find()
        olu.post(reverse("audit:resolve-finding", args=[finding.pk]), {"resolution": "false_alarm"})
        assert find().pk != finding.pk
        assert sentences(olu.get(URL)) == ["A door stands ajar"]

    def test_an_answer_twice_or_without_a_choice_changes_nothing(self, cast, olu, find):
        finding = find()
        address = reverse("audit:resolve-finding", args=[finding.pk])
        for typed in ({}, {"resolution": "whatever"}):
            assert "Choose how" in olu.post(address, typed, follow=True).content.decode()
        olu.post(address, {"resolution": "mended"})
        assert (
            "resolved this finding already"
            in olu.post(address, {"resolution": "expected"}, follow=True).content.decode()
        )
        assert Finding.objects.get().resolution == Resolution.MENDED

    def test_another_clinics_finding_is_a_recorded_404(self, cast, olu, find, trail):
        foreign = find(clinic_id=cast.hilltop.pk)
        assert sentences(olu.get(URL)) == []
        response = olu.post(reverse("audit:resolve-finding", args=[foreign.pk]), {"resolution": "mended"})
        assert response.status_code == 404
        (event,) = trail.events(ACCESS_DENIED)
        assert event["object_id"] == str(foreign.pk)
        assert Finding.objects.get().resolved_at is None

    @pytest.mark.parametrize("name", ["ana", "nadia", "sam", "max", "cleo"])
    def test_nobody_else_reads_or_answers(self, cast, find, name):
        finding = find()
        browser = cast.browser(name)
        assert browser.get(URL).status_code == 403
        assert (
            browser.post(reverse("audit:resolve-finding", args=[finding.pk]), {"resolution": "mended"}).status_code
            == 403
        )
        assert Finding.objects.get().resolved_at is None

    def test_a_callback_is_called_by_its_reference(self, cast, olu, find):
        callback = promise_call(cast.riverside)
        find(clinic_id=cast.riverside.pk, about=callback.audit_object)
        (row,) = olu.get(URL).context["rows"]
        assert row.about == callback.ref

    def test_pages_of_fifty_at_a_constant_number_of_queries(self, cast, olu, find, django_assert_num_queries):
        for n in range(60):
            find(about=Subject("delivery", str(n)))
        response = olu.get(URL)
        assert len(response.context["rows"]) == 50
        assert len(olu.get(URL, {"page": "2"}).context["rows"]) == 10
