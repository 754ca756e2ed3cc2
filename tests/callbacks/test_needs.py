"""Whom to call, in which language, and who may: proxies, confidences of minors, interpreters (callbacks.md §1)."""

import pytest
from django.db import IntegrityError, transaction

from audit.background import service_scope
from audit.events import ATTEMPT_RECORDED, CALLBACK_LEFT_TO_DESK, CALLBACK_NEEDS_NOTED, CALLBACK_VIEWED
from callbacks.models import Callback, DeskPolicy, Notice, RuleKind
from callbacks.queries.contact_rules import ContactForbiddenRefusal
from callbacks.requests import Relationship
from callbacks.scheduling.ladder import Outcome
from callbacks.scripts.checks import AUTHORITY
from callbacks.services.contact_rules import RuleDraft, set_contact_rule
from callbacks.services.dialing import start_dial
from callbacks.services.escalating import accept_concern, escalate_callback
from callbacks.services.merging import merge_callback
from callbacks.services.needs import Needs, NotConfidentialRefusal, PersonUnrelatedRefusal, leave_to_desk, note_needs
from callbacks.services.noticing import raise_notices
from callbacks.services.reassigning import reassign_callback
from callbacks.services.refusals import (
    AlreadyClaimedRefusal,
    AuthorityNotCheckedRefusal,
    ClaimLostRefusal,
    ForSupervisorRefusal,
    NotAllowedRefusal,
    OutdatedFormRefusal,
    ReasonMissingRefusal,
)
from callbacks.services.undoing import undo_change
from callbacks.states import CallbackFlag, Status
from lib import clock
from tests.callbacks.desk import call_next, claim, dial, do, fresh, put_away, save
from tests.callbacks.pages import at, buttons, said, send
from tests.policies.callers import promise_call
from vault.reveal import reveal

PARENT = Needs(relationship=Relationship.PARENT, person_to_call="Marguerite")
CONFIDENTIAL = Needs(teen_confidential=True)


def person_of(callback):
    with service_scope("test", route="test", tag=CALLBACK_VIEWED):
        return reveal(fresh(callback), "person_to_call")[0]


@pytest.fixture
def held(cast, dana):
    return claim(dana, cast.ana)


@pytest.fixture
def confidential(cast, held):
    """Ana learnt that a minor asks; she holds it no more."""
    do(note_needs, held, CONFIDENTIAL, by=cast.ana)
    return fresh(held)


class TestAProxy:
    def test_is_kept_sealed_and_named_to_the_holder_alone(self, cast, held):
        do(note_needs, held, PARENT, by=cast.ana)
        assert (person_of(held), fresh(held).relationship, fresh(held).claimed_by) == (
            "Marguerite",
            "parent",
            cast.ana,
        )
        ana, ben = cast.browser("ana").get(at(held)), cast.browser("ben").get(at(held))
        assert "Marguerite" in ana.content.decode()
        assert "May I speak with Marguerite?" in ana.content.decode()
        assert "proxy authority is verified, not assumed" in ana.content.decode()
        assert "Marguerite" not in ben.content.decode()
        assert "Speak with a parent of the caller." in ben.content.decode()

    def test_is_said_in_the_list_without_a_name(self, cast, held):
        do(note_needs, held, PARENT, by=cast.ana)
        page = cast.browser("ben").get("/queue")
        assert page.context["rows"][0].marks == ["call a parent"]
        assert "Marguerite" not in page.content.decode()

    def test_name_stays_where_none_is_given_and_goes_with_the_relationship(self, cast, held):
        do(note_needs, held, PARENT, by=cast.ana)
        do(note_needs, held, Needs(relationship=Relationship.GUARDIAN), by=cast.ana)
        assert (person_of(held), fresh(held).relationship) == ("Marguerite", "guardian")
        do(note_needs, held, Needs(), by=cast.ana)
        assert (person_of(held), fresh(held).relationship) == (None, "self")

    def test_without_a_relationship_is_refused_by_service_and_database(self, cast, held):
        with pytest.raises(PersonUnrelatedRefusal):
            do(note_needs, held, Needs(person_to_call="Marguerite"), by=cast.ana)
        do(note_needs, held, PARENT, by=cast.ana)
        with pytest.raises(IntegrityError), transaction.atomic():
            Callback.objects.filter(pk=held.pk).update(relationship="self")

    @pytest.mark.parametrize("outcome", [Outcome.BOOKED, Outcome.RESOLVED_NO_APPOINTMENT, Outcome.DECLINED])
    def test_settles_nothing_before_the_authority_was_checked(self, cast, held, outcome):
        do(note_needs, held, Needs(relationship=Relationship.SPOUSE), by=cast.ana)
        with pytest.raises(AuthorityNotCheckedRefusal):
            save(held, cast.ana, outcome, verified_by=("name", "dob"))
        assert fresh(held).status == Status.OPEN
        attempt = save(held, cast.ana, outcome, verified_by=("name", "dob", AUTHORITY)).attempt
        assert (fresh(held).status, attempt.verified_by) == (Status.CLOSED, ["name", "dob", "proxy"])

    def test_may_be_missed_or_asked_to_ring_back_unchecked(self, cast, held):
        do(note_needs, held, PARENT, by=cast.ana)
        assert save(held, cast.ana, Outcome.NO_ANSWER).attempt.verified_by == []

    def test_is_the_numbers_callers_as_far_as_wishes_go(self, cast, held):
        """A wish belongs to the number; another person to ask for changes nothing about it."""
        do(note_needs, held, PARENT, by=cast.ana)
        do(set_contact_rule, held, RuleDraft(kind=RuleKind.DO_NOT_CALL), by=cast.ana)
        with pytest.raises(ContactForbiddenRefusal):
            do(start_dial, held, by=cast.ana)


class TestWhoMayNote:
    def test_a_colleague_who_does_not_hold_it_may_not(self, cast, dana, held):
        with pytest.raises(AlreadyClaimedRefusal):
            do(note_needs, held, PARENT, by=cast.ben)
        with pytest.raises(AlreadyClaimedRefusal):
            do(note_needs, held, PARENT, by=cast.sam)
        with pytest.raises(OutdatedFormRefusal):
            do(note_needs, held, PARENT, by=cast.ana, version=1)

    def test_a_supervisor_may_while_nobody_holds_it(self, cast, dana):
        with pytest.raises(NotAllowedRefusal):
            do(note_needs, dana, PARENT, by=cast.ben)
        assert do(note_needs, dana, PARENT, by=cast.sam).relationship == "parent"


class TestAConfidence:
    def test_leaves_the_front_desks_hands_and_is_dealt_to_supervisors_alone(self, cast, confidential):
        assert confidential.claimed_by is None
        with pytest.raises(ForSupervisorRefusal):
            claim(confidential, cast.ben)
        assert call_next(cast.riverside, cast.ben) is None
        assert call_next(cast.riverside, cast.nadia) is None
        assert call_next(cast.riverside, cast.sam) == confidential

    def test_is_not_revealed_nor_dialled_by_who_let_go_of_it(self, cast, confidential):
        ana = cast.browser("ana")
        assert ana.post(at(confidential, "reveal")).status_code == 409
        assert ana.post(at(confidential, "dial")).status_code == 409
        with pytest.raises(ClaimLostRefusal):
            do(start_dial, confidential, by=cast.ana)

    def test_says_so_and_why_on_row_and_page(self, cast, confidential):
        ana = cast.browser("ana")
        (row,) = ana.get("/queue").context["rows"]
        assert (row.marks, row.can_claim) == (["confidential: ask a supervisor"], False)
        page = ana.get(at(confidential))
        assert not page.context["work"].can_claim
        assert "Confidential, asked for by a minor" in " ".join(page.context["work"].notices)
        assert "Ask a supervisor; do not ring" in page.content.decode()
        claimed = ana.post(at(confidential, "claim"), follow=True)
        assert said(claimed) == [ForSupervisorRefusal.sentence]

    def test_stays_a_supervisors_when_it_is_given_away(self, cast, confidential):
        do(reassign_callback, confidential, to=cast.ben, reason="on shift", by=cast.sam)
        with pytest.raises(ForSupervisorRefusal):
            claim(confidential, cast.ben)

    def test_is_left_to_the_desk_by_a_supervisor_with_a_reason(self, cast, confidential):
        with pytest.raises(NotAllowedRefusal):
            do(leave_to_desk, confidential, reason="quiet line", by=cast.ana)
        with pytest.raises(ReasonMissingRefusal):
            do(leave_to_desk, confidential, reason=" ", by=cast.sam)
        do(leave_to_desk, confidential, reason="Spoke with her; ring after four.", by=cast.sam)
        with pytest.raises(NotConfidentialRefusal):
            do(leave_to_desk, confidential, reason="again", by=cast.sam)
        (row,) = cast.browser("ben").get("/queue").context["rows"]
        assert (row.marks, row.can_claim) == (["confidential"], True)
        assert call_next(cast.riverside, cast.ben) == confidential
        assert fresh(confidential).flags == [CallbackFlag.LEFT_TO_DESK, CallbackFlag.TEEN_CONFIDENTIAL]

    def test_is_ended_by_a_supervisor_alone(self, cast, confidential):
        do(leave_to_desk, confidential, reason="Spoke with her.", by=cast.sam)
        claim(confidential, cast.ben)
        with pytest.raises(NotAllowedRefusal):
            do(note_needs, confidential, Needs(), by=cast.ben)
        put_away(confidential, lease_expires_at=clock.now())
        do(note_needs, confidential, Needs(), by=cast.sam)
        assert fresh(confidential).flags == []

    def test_does_not_keep_the_clinical_team_from_a_concern(self, cast, confidential):
        do(escalate_callback, confidential, by=cast.sam)
        assert do(accept_concern, confidential, by=cast.nadia).claimed_by == cast.nadia

    def test_is_told_to_supervisors(self, cast, confidential):
        with service_scope("worker", route="test"):
            raise_notices()
        assert list(Notice.objects.values_list("kind", "audience")) == [("for_supervisor", "supervisors")]

    def test_goes_with_a_duplicate_and_takes_the_kept_one_from_the_desk(self, cast, confidential):
        kept = claim(promise_call(cast.riverside, phone="+12025550188"), cast.ben)
        do(merge_callback, confidential, into=kept, by=cast.sam)
        assert (fresh(kept).claimed_by, fresh(kept).flags) == (None, [CallbackFlag.TEEN_CONFIDENTIAL])
        assert fresh(kept).version > kept.version

    def test_learnt_in_a_call_still_asks_how_the_call_ended(self, cast, held):
        dial(held, cast.ana)
        do(note_needs, held, CONFIDENTIAL, by=cast.ana)
        assert cast.browser("ana").get(at(held)).context["work"].is_late
        assert save(held, cast.ana, Outcome.HUNG_UP).attempt.is_late


class TestAnInterpreter:
    def test_stands_first_with_the_clinics_line(self, cast, held):
        DeskPolicy.objects.create(clinic=cast.riverside, interpreter_line="+12025550170")
        do(note_needs, held, Needs(interpreter_required=True, language="es"), by=cast.ana)
        page = cast.browser("ana").get(at(held)).content.decode()
        assert (
            page.index("Interpreter first: Spanish.") < page.index("data-news") < page.index("How did the call end?")
        )
        assert 'href="tel:+12025550170"' in page
        assert "Never a child, nor somebody who happens to be there, as interpreter." in page
        assert cast.browser("ben").get("/queue").context["rows"][0].marks == ["interpreter"]

    def test_without_a_line_says_whom_to_ask(self, cast, held):
        do(note_needs, held, Needs(interpreter_required=True), by=cast.ana)
        page = cast.browser("ana").get(at(held)).content.decode()
        assert "Interpreter first; ask for the language." in page
        assert "no interpreter line" in page

    def test_is_what_a_language_barrier_asks_for_and_undo_takes_back(self, cast, held):
        attempt = save(held, cast.ana, Outcome.LANGUAGE_BARRIER).attempt
        assert fresh(held).interpreter_required
        do(undo_change, held, undone=attempt.command_id, by=cast.ana)
        assert not fresh(held).interpreter_required

    def test_line_is_set_by_the_administrator_as_a_number_that_can_be_dialled(self, cast, tuesday):
        max_ = cast.browser("max")
        sent = {"clinic": cast.riverside.pk, "interpreter_line": "911 please"}
        assert max_.post("/admin/callbacks/deskpolicy/add/", sent).status_code == 200
        sent["interpreter_line"] = "(202) 555-0170"
        assert max_.post("/admin/callbacks/deskpolicy/add/", sent).status_code == 302
        assert DeskPolicy.objects.get().interpreter_line == "+12025550170"


class TestThePage:
    def test_notes_needs_and_keeps_what_was_typed_when_refused(self, cast, held):
        ana = cast.browser("ana")
        assert "needs" in buttons(ana.get(at(held)))
        refused = send(ana, held, "needs", relationship="self", person_to_call="Marguerite", teen_confidential="on")
        assert (refused.status_code, refused.context["work"].error) == (422, PersonUnrelatedRefusal.sentence)
        assert 'value="Marguerite"' in refused.content.decode()
        done = send(ana, held, "needs", relationship="parent", person_to_call="Marguerite", language="es")
        assert said(done) == [f"{held.ref}: noted whom to call."]
        assert (person_of(held), fresh(held).language) == ("Marguerite", "es")

    def test_offers_the_desk_a_call_to_supervisors_alone(self, cast, confidential):
        assert "leave-to-desk" not in buttons(cast.browser("ben").get(at(confidential)))
        sam = cast.browser("sam")
        assert "leave-to-desk" in buttons(sam.get(at(confidential)))
        assert said(send(sam, confidential, "leave-to-desk", reason="Spoke with her.")) == [
            f"{confidential.ref}: the front desk may call now."
        ]

    def test_saves_what_was_checked_and_keeps_the_ticks_when_refused(self, cast, held):
        do(note_needs, held, PARENT, by=cast.ana)
        ana = cast.browser("ana")
        refused = send(ana, held, "outcome", outcome="booked", verified_by=["name"])
        assert (refused.status_code, refused.context["work"].error) == (422, AuthorityNotCheckedRefusal.sentence)
        assert list(refused.context["work"].verified_by) == ["name"]
        send(ana, held, "outcome", outcome="booked", verified_by=["name", "proxy"])
        assert held.attempts.get().verified_by == ["name", "proxy"]


@pytest.mark.django_db(transaction=True)
def test_the_trail_names_fields_and_closed_words_and_no_person(cast, held, trail):
    do(note_needs, held, Needs(relationship=Relationship.PARENT, person_to_call="Zqxparent"), by=cast.ana)
    save(held, cast.ana, Outcome.BOOKED, verified_by=(AUTHORITY,))
    (event,) = trail.events(CALLBACK_NEEDS_NOTED)
    assert event["fields"] == ["person_to_call", "relationship"]
    assert event["details"] == {"relationship": "parent", "interpreter": 0, "confidential": 0}
    assert trail.events(ATTEMPT_RECORDED)[0]["details"]["verified_by"] == ["proxy"]
    assert "Zqx" not in str(trail.events())


@pytest.mark.django_db(transaction=True)
def test_the_trail_tells_who_left_a_confidence_to_the_desk(cast, confidential, trail):
    do(leave_to_desk, confidential, reason="Zqxreason", by=cast.sam)
    (event,) = trail.events(CALLBACK_LEFT_TO_DESK)
    assert (event["object_id"], event["fields"]) == (str(confidential.pk), ["reason"])
    assert "Zqx" not in str(trail.events())
