"""The downtime sheet: a supervisor's, with a reason and a fresh proof, each caller on the trail (callbacks.md §1)."""

from datetime import timedelta

import pytest

from audit.background import service_scope
from audit.events import DOWNTIME_CALLER_PRINTED, DOWNTIME_SHEET_PRINTED
from callbacks.models import DowntimeSheet, RuleKind
from callbacks.queries import downtime
from callbacks.requests import Relationship
from callbacks.services.contact_rules import RuleDraft, set_contact_rule
from callbacks.services.escalating import escalate_callback
from callbacks.services.needs import Needs, note_needs
from callbacks.services.printing import NothingToPrintRefusal, print_downtime_sheet
from callbacks.services.refusals import NotAllowedRefusal, ReasonMissingRefusal
from lib import clock
from tests.callbacks.desk import do, promise_calls, put_away
from tests.policies.callers import promise_call
from vault.reveal import reveal

HERE = "/downtime"


@pytest.fixture
def sam(cast, tuesday):
    """A supervisor who has just signed in, and so proved who he is."""
    return cast.browser("sam")


def sheet_of(clinic, by, reason="the power goes at noon"):
    with service_scope("test", route="test"):
        return print_downtime_sheet(clinic, reason=reason, acting_user=by)[1]


class TestTheSheet:
    def test_has_names_and_numbers_in_calling_order_with_whose_it_is(self, cast, dana, sam):
        urgent = promise_call(cast.riverside, first_name="Maria", phone="+12025550188", urgency="urgent")
        page = sam.post(HERE, {"reason": "the power goes at noon"})
        assert [row.ref for row in page.context["sheet"].rows] == [urgent.ref, dana.ref]
        text = page.content.decode()
        for told in ("Maria", "(202) 555-0188", "Dana", "(202) 555-0143", "Shred this sheet", "Printed by Sam"):
            assert told in text
        assert text.count("Sam · 24 Nov 2026, 10:12") == 8
        assert "no-store" in page["Cache-Control"]

    def test_keeps_off_whom_the_desk_may_not_ring(self, cast, dana):
        forbidden = promise_call(cast.riverside, first_name="Eli", phone="+12025550188")
        do(set_contact_rule, forbidden, RuleDraft(kind=RuleKind.DO_NOT_CALL), by=cast.ana)
        clinical = promise_call(cast.riverside, first_name="Ann", phone="+12025550189")
        do(escalate_callback, clinical, by=cast.ben)
        do(note_needs, dana, Needs(teen_confidential=True), by=cast.sam)
        rows = {row.ref: row for row in sheet_of(cast.riverside, cast.sam).rows}
        assert {row.first_name + row.number for row in rows.values()} == {""}
        assert rows[forbidden.ref].notes == ["Asked not to be called."]
        assert rows[clinical.ref].notes == ["With the clinical team."]
        assert rows[dana.ref].notes == ["Ask a supervisor."]

    def test_has_the_number_the_caller_asked_for_and_what_the_call_needs(self, cast, dana):
        do(
            set_contact_rule,
            dana,
            RuleDraft(kind=RuleKind.ALTERNATIVE_NUMBER, alt_number="+12025550185"),
            by=cast.ana,
        )
        needs = Needs(
            relationship=Relationship.PARENT, person_to_call="Marguerite", language="es", interpreter_required=True
        )
        do(note_needs, dana, needs, by=cast.sam)
        (row,) = sheet_of(cast.riverside, cast.sam).rows
        assert row.number == "(202) 555-0185"
        assert row.notes == ["Interpreter first: Spanish.", "Speak with a parent of the caller: Marguerite."]

    def test_is_bounded_by_a_day_and_by_what_fits(self, cast, dana, monkeypatch):
        put_away(dana, not_before=clock.now() + timedelta(hours=25), wait_reason="retry")
        waiting = promise_calls(cast.riverside, 3)
        put_away(waiting[0], not_before=clock.now() + timedelta(hours=3), wait_reason="retry")
        found = {row.ref: row.notes for row in sheet_of(cast.riverside, cast.sam).rows}
        assert found == {
            waiting[0].ref: ["Not before today 13:12."],
            waiting[1].ref: [],
            waiting[2].ref: [],
        }
        monkeypatch.setattr(downtime, "MOST_ROWS", 2)
        sheet = sheet_of(cast.riverside, cast.sam)
        assert (len(sheet.rows), sheet.left_off) == (2, 1)

    def test_is_of_ones_own_clinic(self, cast, dana):
        promise_call(cast.hilltop)
        assert [row.ref for row in sheet_of(cast.riverside, cast.sam).rows] == [dana.ref]
        with pytest.raises(NotAllowedRefusal):
            sheet_of(cast.hilltop, cast.sam)


class TestWhoAndWhy:
    @pytest.mark.parametrize("name", ["ana", "nadia", "olu", "max"])
    def test_it_is_a_supervisors(self, cast, dana, name):
        browser = cast.browser(name)
        assert browser.get(HERE).status_code == 403
        assert browser.post(HERE, {"reason": "because"}).status_code == 403
        assert not DowntimeSheet.objects.exists()

    def test_who_did_not_prove_lately_is_asked_first(self, cast, dana, sam, tuesday):
        assert "Show the sheet to print" in sam.get(HERE).content.decode()
        tuesday.shift(timedelta(minutes=4))
        sam.get(HERE)
        tuesday.shift(timedelta(minutes=4))
        sam.get(HERE)
        tuesday.shift(timedelta(minutes=3))
        for answer in (sam.get(HERE), sam.post(HERE, {"reason": "because"})):
            assert (answer.status_code, answer["Location"]) == (302, "/prove?next=%2Fdowntime")
        assert not DowntimeSheet.objects.exists()

    def test_before_the_reason_nothing_of_a_caller_is_shown(self, dana, sam):
        page = sam.get(HERE).content.decode()
        assert "One caller will stand on it." in page
        assert "Dana" not in page
        refused = sam.post(HERE, {"reason": " "})
        assert (refused.status_code, refused.context["error"]) == (422, "Say why in a few words, then try again.")
        assert "Dana" not in refused.content.decode()

    def test_a_reason_is_the_services_rule_too(self, cast, dana):
        with pytest.raises(ReasonMissingRefusal):
            sheet_of(cast.riverside, cast.sam, reason=" ")

    def test_of_nobody_there_is_none(self, cast, sam):
        assert "Nobody waits for a call" in sam.get(HERE).content.decode()
        refused = sam.post(HERE, {"reason": "because"})
        assert (refused.status_code, refused.context["error"]) == (409, NothingToPrintRefusal.sentence)
        assert not DowntimeSheet.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_export_and_every_caller_on_it_are_on_the_trail(cast, dana, sam, trail):
    eli = promise_call(cast.riverside, first_name="Eli", phone="+12025550188")
    sam.post(HERE, {"reason": "Zqxreason"})
    (sheet,) = trail.events(DOWNTIME_SHEET_PRINTED)
    made = DowntimeSheet.objects.get()
    assert (sheet["actor_label"], sheet["object_id"], sheet["rows_count"]) == ("sam", str(made.pk), 2)
    assert (sheet["event_type"], sheet["subtypes"]) == ("DCM#110106", ["iso#disclose"])
    seen = {event["object_id"]: event for event in trail.events(DOWNTIME_CALLER_PRINTED)}
    assert set(seen) == {str(dana.pk), str(eli.pk)}
    for event in seen.values():
        assert (event["fields"], event["phi_accessed"], event["actor_label"]) == (["first_name", "phone"], True, "sam")
    assert "Zqx" not in str(trail.events())
    with service_scope("test", route="test", tag=DOWNTIME_SHEET_PRINTED):
        assert reveal(made, "reason") == ("Zqxreason",)
