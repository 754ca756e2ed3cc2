"""The workspace's further acts through HTTP: who is offered what, what is said, and what is kept when it is refused."""

from datetime import timedelta
from uuid import uuid4

import pytest

from audit.events import CONCERN_READ, NUMBER_REVEALED
from callbacks.models import Callback, Change, Concern, ContactRule, Draft
from callbacks.scheduling.ladder import Outcome
from callbacks.services.claiming import LEASE_IN_CALL
from callbacks.states import Command, Status
from lib import clock
from tests.callbacks.desk import claim, dial, fresh, local, save
from tests.callbacks.pages import at, buttons, said, send
from tests.policies.callers import promise_call, shows_a_number

ENDINGS = {"close:resolved_elsewhere", "close:cancelled"}


@pytest.fixture
def ana(cast, tuesday):
    return cast.browser("ana")


@pytest.fixture
def sam(cast, tuesday):
    return cast.browser("sam")


@pytest.fixture
def nadia(cast, tuesday):
    return cast.browser("nadia")


@pytest.fixture
def held(cast, dana):
    """Dana, claimed by Ana."""
    return claim(dana, cast.ana)


class TestWhatIsOffered:
    def test_to_the_holder(self, cast, ana, held):
        assert buttons(ana.get(at(held))) == {"concern", "skip", "agree", "snooze", "give", "needs", "rule", *ENDINGS}

    def test_to_a_colleague(self, cast, dana):
        ben = cast.browser("ben")
        assert buttons(ben.get(at(dana))) == {"concern", *ENDINGS}
        claim(dana, cast.ana)
        assert buttons(ben.get(at(dana))) == {"concern"}

    def test_to_the_supervisor(self, cast, sam, dana):
        assert buttons(sam.get(at(dana))) == {"concern", "agree", "snooze", "give", "needs", "merge", *ENDINGS}
        claim(dana, cast.ana)
        assert buttons(sam.get(at(dana))) == {"concern", "give", "take-over"}

    def test_during_a_review(self, cast, ana, tuesday):
        odd = claim(promise_call(cast.riverside, review_reasons=("odd_name",)), cast.ana)
        assert buttons(ana.get(at(odd))) == {"concern", "give", "needs", "correct", "rule", *ENDINGS}

    def test_with_the_clinical_team(self, cast, ana, nadia, dana):
        send(ana, dana, "concern", emergency="not_asked")
        assert buttons(ana.get(at(dana))) == {"close:cancelled"}
        assert buttons(nadia.get(at(dana))) == {"accept", "resolve", "return", "close:cancelled"}

    def test_of_a_closed_one(self, cast, ana, sam, dana):
        send(ana, dana, "close", why="cancelled")
        assert (buttons(ana.get(at(dana))), buttons(sam.get(at(dana)))) == (set(), {"reopen"})

    @pytest.mark.parametrize("name", ["ana", "sam", "nadia"])
    def test_every_button_leads_somewhere(self, cast, held, name):
        """Each act has its own form with a command id of its own, and no PHI in its address."""
        response = cast.browser(name).get(at(held))
        work = response.context["work"]
        acts = [*work.acts, work.concern_act]
        assert len({act.command_id for act in acts}) == len(acts)
        page = response.content.decode()
        for act in acts:
            assert str(act.command_id) in page
            assert act.url.startswith(f"/callbacks/{held.pk}/")


class TestDialling:
    def test_gives_the_number_to_the_telephone_and_notes_it(self, cast, ana, held, trail):
        response = ana.post(at(held, "dial"), headers={"hx-request": "true", "accept": "*/*"})
        page = response.content.decode()
        assert 'href="tel:+12025550143"' in page
        assert "data-dial-now" in page
        assert "<html" not in page
        assert fresh(held).dial_started_at == clock.now()
        assert trail.events(NUMBER_REVEALED)

    def test_of_somebody_who_asked_not_to_be_called_says_so_and_shows_no_number(self, cast, ana, held):
        send(ana, held, "rule", kind="do_not_call")
        response = ana.post(at(held, "dial"), headers={"hx-request": "true", "accept": "*/*"})
        assert response.status_code == 409
        assert response.json() == {
            "error": "contact_forbidden",
            "detail": "This caller asked not to be called. Close the callback with that reason.",
        }
        whole = ana.post(at(held, "dial"))
        assert (whole.status_code, whole.context["work"].number) == (409, None)

    def test_without_a_claim_says_what_happened(self, cast, sam, ana, held):
        send(sam, held, "take-over", reason="called away")
        response = ana.post(at(held, "dial"), headers={"hx-request": "true", "accept": "*/*"})
        assert response.json()["error"] == "claim_lost"
        assert response.json()["detail"] == "Sam took it over from Ana 0 s ago. You no longer hold this callback."
        assert ana.post(at(held, "heartbeat"), headers={"accept": "application/json"}).json()["detail"] == (
            "Sam took it over from Ana 0 s ago. You no longer hold this callback."
        )


class TestAnUnfinishedCall:
    @pytest.fixture
    def lost(self, cast, held, tuesday):
        dial(held, cast.ana)
        tuesday.shift(LEASE_IN_CALL)
        return held

    @pytest.fixture
    def ana(self, cast, lost):
        """Back at the desk, which has locked meanwhile."""
        return cast.browser("ana")

    def test_asks_its_caller_on_the_queue_and_on_the_page(self, cast, ana, lost):
        (asked,) = ana.get("/queue").context["unfinished"]
        assert (asked.ref, asked.url, asked.when) == (lost.ref, at(lost), "today 10:12")
        work = ana.get(at(lost)).context["work"]
        assert work.is_late
        assert work.notices[0] == "You dialled today 10:12 and did not say how the call ended. Say it below."
        assert (work.scripts, work.number, work.caller_words) == (None, None, "")

    def test_takes_the_outcome_late_although_somebody_else_holds_it(self, cast, ana, lost):
        claim(lost, cast.ben)
        response = send(ana, lost, "outcome", outcome="no_answer")
        assert said(response) == [f"{lost.ref}: Recorded for your earlier call; the callback stays where it is now."]
        assert ana.get("/queue").context["unfinished"] == []
        beat = cast.browser("ben").post(at(lost, "heartbeat")).json()
        assert beat["news"] == ["Ana recorded “no answer” for an earlier call."]

    def test_warns_the_next_taker_and_marks_the_row(self, cast, lost):
        ben = cast.browser("ben")
        (row,) = ben.get("/queue").context["rows"]
        assert row.marks == ["unfinished call"]
        claim(lost, cast.ben)
        work = ben.get(at(lost)).context["work"]
        assert "Ana dialled today 10:12 and did not say how the call ended." in work.notices
        assert not work.is_late


class TestADraft:
    def test_is_kept_while_typing_and_found_again(self, cast, ana, held):
        assert ana.post(at(held, "draft"), {"note": "asks for Thursday"}).status_code == 204
        assert ana.get(at(held)).context["work"].note == "asks for Thursday"
        assert "Thursday" not in str(list(Draft.objects.values()))

    def test_is_replaced_by_what_is_typed_later_and_gone_when_empty_or_saved(self, cast, ana, held):
        for note in ("one", "two"):
            ana.post(at(held, "draft"), {"note": note})
        assert ana.get(at(held)).context["work"].note == "two"
        ana.post(at(held, "draft"), {"note": " "})
        assert not Draft.objects.exists()
        ana.post(at(held, "draft"), {"note": "three"})
        send(ana, held, "outcome", outcome="no_answer", note="three")
        assert not Draft.objects.exists()

    def test_outlives_a_take_over_and_is_nobody_elses(self, cast, ana, sam, held):
        ana.post(at(held, "draft"), {"note": "asks for Thursday"})
        send(sam, held, "take-over", reason="called away")
        mine, theirs = ana.get(at(held)), sam.get(at(held))
        assert mine.context["work"].note == "asks for Thursday"
        assert mine.context["work"].notices[0].startswith("Sam took it over from Ana 0 s ago.")
        assert "asks for Thursday" in mine.content.decode()
        assert theirs.context["work"].note == ""

    def test_is_made_of_a_note_that_was_refused(self, cast, ana, sam, held):
        send(sam, held, "take-over", reason="called away")
        response = send(ana, held, "outcome", outcome="booked", note="comes on Friday")
        assert response.status_code == 409
        assert response.context["work"].error.startswith("Sam took it over from Ana 0 s ago.")
        assert ana.get(at(held)).context["work"].note == "comes on Friday"


class TestNotNow:
    def test_a_skip_says_when_it_comes_back(self, cast, ana, held):
        response = send(ana, held, "skip", why="interrupted")
        assert response.redirect_chain == [("/queue", 302)]
        assert said(response) == [f"{held.ref} rests for 15 minutes, then comes last in its group."]
        assert fresh(held).wait_reason == "hold"

    @pytest.mark.parametrize(
        ("act", "typed", "sentence"),
        [
            ("skip", {}, "Say why you skip it."),
            ("skip", {"why": "bored"}, "Choose one of the reasons."),
            ("snooze", {"at": "soon"}, "Give a day and a time."),
            ("snooze", {"at": "2026-11-24T09:00"}, "That time has passed already."),
            (
                "snooze",
                {"at": "2026-11-26T09:00"},
                "It is due tomorrow 10:02; only a supervisor may put it off beyond that.",
            ),
            (
                "agree",
                {"at": "2026-11-24T12:30"},
                "The clinic cannot call at that time; agree on one within calling hours.",
            ),
            ("give", {"reason": "because"}, "Choose a colleague."),
            ("close", {}, "Say why it is closed."),
            ("rule", {"kind": "only_hours"}, "Give the hours as a start and a later end."),
            ("rule", {"kind": "alt_number", "alt_number": "12"}, "That is not a valid number."),
            ("concern", {}, "Say what the caller answered about 911."),
            ("skip", {"why": "interrupted", "command_id": "x"}, "This page is outdated. Reload it and save again."),
        ],
    )
    def test_what_is_refused_comes_back_in_its_dialog_with_what_was_typed(self, cast, ana, held, act, typed, sentence):
        before = fresh(held)
        response = send(ana, held, act, **typed)
        assert response.status_code == 422
        work = response.context["work"]
        assert (work.error, work.opened) == (sentence, "" if act == "close" else act)
        for name, value in typed.items():
            if name != "command_id":
                assert work.typed[name] == value
        assert sentence in response.content.decode().replace("&quot;", '"')
        assert fresh(held).version == before.version

    def test_a_snooze_and_an_agreed_time_are_on_the_clinics_wall(self, cast, ana, held):
        send(ana, held, "snooze", at="2026-11-24T14:00")
        assert fresh(held).not_before == local("2026-11-24 14:00")
        Callback.objects.update(not_before=None, wait_reason="none")
        claim(held, cast.ana)
        send(ana, held, "agree", at="2026-11-24T15:00")
        (row,) = ana.get("/queue?view=mine").context["rows"]
        assert (fresh(held).not_before, row.marks) == (local("2026-11-24 15:00"), ["for Ana"])


class TestChangingHands:
    def test_a_gift_is_the_colleagues_and_shows_the_reason_to_them_alone(self, cast, ana, held):
        response = send(ana, held, "give", to=str(cast.ben.pk), reason="speaks Spanish")
        assert said(response) == [f"{held.ref} is reserved for your colleague."]
        ben = cast.browser("ben")
        assert [row.ref for row in ben.get("/queue?view=mine").context["rows"]] == [held.ref]
        assert "speaks Spanish" not in ben.get(at(held)).content.decode()
        claim(held, cast.ben)
        timeline = ben.get(at(held)).context["work"].timeline
        assert ("Ana gave it to Ben", "speaks Spanish") in {(entry.title, entry.note) for entry in timeline}

    def test_a_take_over_is_a_supervisors(self, cast, sam, held):
        response = cast.browser("ben").post(
            at(held, "take-over"), {"command_id": str(uuid4()), "version": 2, "reason": "x"}
        )
        assert response.status_code == 403
        assert "Dana" not in response.content.decode()
        assert send(sam, held, "take-over", reason="called away").redirect_chain == [(at(held), 302)]
        assert fresh(held).claimed_by == cast.sam

    def test_a_take_over_beside_another_call_leads_to_that_one(self, cast, sam, held):
        other = claim(promise_call(cast.riverside, first_name="Chen"), cast.sam)
        response = send(sam, held, "take-over", reason="called away")
        assert response.redirect_chain == [(at(other), 302)]

    def test_a_reservation_is_told_to_who_wants_to_claim(self, cast, ana, held):
        send(ana, held, "give", to=str(cast.ben.pk), reason="speaks Spanish")
        response = cast.browser("nadia").post(at(held, "claim"), follow=True)
        assert said(response) == ["Ben will call this person; it is free for all at 10:42."]


class TestADuplicate:
    def test_goes_into_the_other_one_whose_page_follows(self, cast, sam, dana):
        twin = promise_call(cast.riverside, phone="+12025550188")
        response = send(sam, twin, "merge", into=dana.ref.lower())
        assert response.redirect_chain == [(at(dana), 302)]
        assert said(response) == [f"{twin.ref} went into this one."]
        assert fresh(twin).merged_into == dana

    @pytest.mark.parametrize(("into", "status"), [("Dana", 422), ("CB-999999999", 409), ("", 422)])
    def test_of_nothing_is_refused(self, cast, sam, dana, into, status):
        assert send(sam, dana, "merge", into=into).status_code == status
        assert fresh(dana).status == Status.OPEN

    def test_is_not_another_clinics_callback_nor_the_front_desks_matter(self, cast, ana, sam, dana):
        theirs = promise_call(cast.hilltop)
        refused = send(sam, dana, "merge", into=theirs.ref)
        assert (refused.status_code, refused.context["work"].error) == (
            409,
            "These two are not the same caller; they stay apart.",
        )
        assert send(ana, dana, "merge", into=dana.ref).status_code == 403


class TestTheNurse:
    @pytest.fixture
    def raised(self, ana, dana):
        response = send(ana, dana, "concern", emergency="refused", words="Zqxpain in the chest")
        assert response.redirect_chain == [(at(dana), 302)]
        return dana

    def test_has_a_tab_with_the_clock(self, cast, nadia, raised):
        response = nadia.get("/queue?view=clinical")
        (row,) = response.context["rows"]
        assert (row.ref, row.marks, row.can_claim) == (raised.ref, ["refused 911"], False)
        assert {tab["key"]: tab["count_text"] for tab in response.context["tabs"]}["clinical"] == "1"

    def test_reads_the_words_once_she_has_taken_it_and_that_is_recorded(self, cast, nadia, raised, trail):
        before = nadia.get(at(raised))
        assert before.context["work"].concern.words_hidden
        assert trail.events(CONCERN_READ) == []
        assert send(nadia, raised, "accept").context["work"].concern.words == "Zqxpain in the chest"
        (event,) = trail.events(CONCERN_READ)
        assert (event["actor_label"], event["fields"], event["object_id"]) == (
            "nadia",
            ["words"],
            str(Concern.objects.get().pk),
        )

    @pytest.mark.parametrize("name", ["ana", "sam"])
    def test_is_the_only_one_who_reads_them(self, cast, name, raised):
        browser = cast.browser(name)
        if name == "sam":
            send(browser, raised, "accept")
        assert "Zqxpain" not in browser.get(at(raised)).content.decode()

    def test_resolves_or_returns(self, cast, nadia, raised):
        send(nadia, raised, "accept")
        assert said(send(nadia, raised, "return", reason="not clinical")) == [
            f"{raised.ref} is back with the front desk."
        ]
        send(nadia, raised, "concern", emergency="not_asked")
        assert said(send(nadia, raised, "resolve", reason="advised")) == [f"{raised.ref} is resolved."]
        assert fresh(raised).closed_reason == "resolved_clinically"

    @pytest.mark.parametrize("act", ["accept", "resolve", "return"])
    def test_is_not_the_front_desk(self, ana, raised, act):
        response = send(ana, raised, act, reason="because")
        assert response.status_code == 403
        assert fresh(raised).status == Status.ESCALATED

    def test_is_asked_by_a_button_that_is_always_there(self, cast, ana, dana):
        for _ in range(2):
            assert 'data-key="e"' in ana.get(at(dana)).content.decode()
            claim(dana, cast.ana)

    def test_a_concern_raised_on_an_old_page_says_what_happened_and_keeps_the_words(self, cast, ana, dana):
        version = dana.version
        claim(dana, cast.ben)
        response = send(ana, dana, "concern", emergency="confirmed", words="Zqxpain", version=version)
        assert response.status_code == 409
        work = response.context["work"]
        assert (work.opened, work.typed["words"], work.typed["emergency"]) == ("concern", "Zqxpain", "confirmed")
        assert work.error == "Ben claimed it 0 s ago. Nothing was saved."
        assert "Zqxpain" in response.content.decode()


class TestSecondThoughts:
    def test_the_queue_offers_to_undo_for_half_a_minute(self, cast, ana, held, tuesday):
        offered = send(ana, held, "outcome", outcome="booked", note="Friday").context["undo"]
        assert (offered.ref, offered.seconds_left) == (held.ref, 30)
        tuesday.shift(timedelta(seconds=20))
        page = ana.get("/queue")
        assert page.context["undo"].seconds_left == 10
        assert f'action="{at(held, "undo")}"' in page.content.decode()
        assert cast.browser("ben").get("/queue").context["undo"] is None
        response = send(ana, held, "undo", undone=str(offered.undone))
        assert response.redirect_chain == [(at(held), 302)]
        assert said(response) == [f"{held.ref}: taken back."]
        work = response.context["work"]
        assert (work.held_by_me, work.note, work.timeline[1].title) == (
            True,
            "Friday",
            "Appointment booked (taken back)",
        )

    def test_too_late_says_so(self, cast, ana, held, tuesday):
        offered = send(ana, held, "outcome", outcome="booked").context["undo"]
        tuesday.shift(timedelta(seconds=31))
        response = send(ana, held, "undo", undone=str(offered.undone))
        assert response.status_code == 409
        assert response.context["work"].error == "Only your own last act can be taken back, within 30 seconds."
        assert ana.get("/queue").context["undo"] is None

    def test_a_supervisor_reopens(self, cast, ana, sam, dana):
        send(ana, dana, "close", why="cancelled")
        assert said(send(sam, dana, "reopen")) == [f"{dana.ref} is open again."]
        assert ana.get("/queue").context["rows"][0].marks == ["reopened"]
        assert send(sam, dana, "reopen").status_code == 409

    def test_the_front_desk_does_not(self, ana, dana):
        send(ana, dana, "close", why="cancelled")
        assert send(ana, dana, "reopen").status_code == 403

    @pytest.mark.parametrize("why", ["test_call", "booked", "nonsense"])
    def test_some_reasons_are_not_the_front_desks(self, ana, dana, why):
        assert send(ana, dana, "close", why=why).status_code in {403, 422}
        assert fresh(dana).status == Status.OPEN


class TestTheCaller:
    def test_is_corrected_in_review(self, cast, ana, tuesday):
        odd = promise_call(cast.riverside, phone="12", phone_is_valid=False, review_reasons=("invalid_number",))
        claim(odd, cast.ana)
        refused = send(ana, odd, "correct", phone="12", first_name="Dana")
        assert (refused.status_code, refused.context["work"].typed["phone"]) == (422, "12")
        assert said(send(ana, odd, "correct", phone="(202) 555-0143")) == [f"{odd.ref} is corrected."]
        assert ana.post(at(odd, "reveal")).context["work"].number == "(202) 555-0143"
        assert send(ana, odd, "correct").status_code == 422

    def test_a_corrected_number_may_lead_to_the_callback_that_waits(self, cast, ana, dana):
        odd = promise_call(cast.riverside, phone="12", phone_is_valid=False, review_reasons=("invalid_number",))
        claim(odd, cast.ana)
        assert send(ana, odd, "correct", phone="+12025550143").redirect_chain == [(at(dana), 302)]

    def test_wishes_are_shown_noted_and_lifted(self, cast, ana, held):
        for typed in (
            {"kind": "no_voicemail"},
            {"kind": "only_hours", "only_from": "08:00", "only_to": "10:00"},
            {"kind": "alt_number", "alt_number": "202 555 0199"},
        ):
            send(ana, held, "rule", **typed)
        work = ana.get(at(held)).context["work"]
        assert {code for code, _label in work.rules} == {"no_voicemail", "only_hours", "alt_number"}
        assert "Call 08:00-10:00 only: the caller asked for it." in work.notices
        assert not shows_a_number(ana.get(at(held)).content.decode())
        revealed = ana.post(at(held, "reveal")).context["work"]
        assert (revealed.number, revealed.dial) == ("(202) 555-0199", "+12025550199")
        send(ana, held, "lift-rule", kind="alt_number")
        assert ana.post(at(held, "reveal")).context["work"].number == "(202) 555-0143"
        assert ContactRule.objects.filter(lifted_at__isnull=False).count() == 1

    def test_do_not_call_is_lifted_by_a_supervisor(self, cast, ana, sam, held):
        send(ana, held, "rule", kind="do_not_call")
        assert send(ana, held, "lift-rule", kind="do_not_call").status_code == 403
        assert send(sam, held, "lift-rule", kind="do_not_call").redirect_chain == [(at(held), 302)]

    def test_of_a_shared_number_is_not_mixed_up_with_the_other(self, cast, ana, held):
        eli = promise_call(cast.riverside, first_name="Eli")
        page = ana.get(at(held))
        assert any(eli.ref in notice and "mention nobody else" in notice for notice in page.context["work"].notices)
        assert "Eli" not in page.content.decode()

    def test_who_rang_again_is_told_to_the_holder_at_once(self, cast, ana, held, tuesday):
        tuesday.shift(timedelta(minutes=1))
        promise_call(cast.riverside)
        assert ana.post(at(held, "heartbeat")).json()["news"] == ["The caller rang again."]
        work = ana.get(at(held)).context["work"]
        assert work.news == ["The caller rang again."]
        assert "The caller rang again" in {entry.title for entry in work.timeline}

    def test_an_earlier_callback_is_in_the_history(self, cast, ana, held):
        save(held, cast.ana, Outcome.BOOKED)
        again = claim(promise_call(cast.riverside), cast.ana)
        titles = [entry.title for entry in ana.get(at(again)).context["work"].timeline]
        assert f"Rang again after {held.ref} was closed: appointment booked" in titles


class TestManyAtOnce:
    @pytest.fixture
    def three(self, cast, dana):
        return [dana, *(promise_call(cast.riverside, first_name=name) for name in ("Eli", "Fay"))]

    def tick(self, callbacks, **typed):
        rows = [f"{callback.pk}:{fresh(callback).version}" for callback in callbacks]
        return {"row": rows, "command_id": str(uuid4()), **typed}

    def test_is_the_supervisors(self, cast, ana, sam, three):
        assert sam.get("/queue").context["bulk"] is not None
        assert ana.get("/queue").context["bulk"] is None
        assert ana.post("/queue/bulk", self.tick(three, act="escalate")).status_code == 403
        assert "data-tick" not in ana.get("/queue").content.decode()

    def test_says_what_became_of_each(self, cast, sam, three):
        claim(three[1], cast.ben)
        response = sam.post("/queue/bulk", self.tick(three, act="snooze", at="2026-11-24T14:00"), follow=True)
        assert said(response) == [
            "2 of 3 were done.",
            f"{three[1].ref}: Ben claimed it 0 s ago. Wait until it is free.",
        ]
        assert [fresh(callback).wait_reason for callback in three] == ["snooze", "none", "snooze"]

    def test_gives_escalates_and_closes(self, cast, sam, three):
        sam.post("/queue/bulk", self.tick(three[:1], act="assign", to=str(cast.ben.pk), reason="his callers"))
        sam.post("/queue/bulk", self.tick(three[1:2], act="escalate"))
        sam.post("/queue/bulk", self.tick(three[2:], act="close", why="test_call"))
        assert [fresh(callback).status for callback in three] == ["open", "escalated", "closed"]
        assert fresh(three[0]).preferred_agent == cast.ben

    def test_sent_twice_is_done_once(self, cast, sam, three):
        form = self.tick(three, act="escalate")
        for _ in range(2):
            assert said(sam.post("/queue/bulk", form, follow=True)) == ["3 of 3 were done."]
        assert Change.objects.filter(command=Command.ESCALATE).count() == 3

    def test_from_an_old_page_is_refused_row_by_row(self, cast, sam, three):
        form = self.tick(three, act="escalate")
        claim(three[0], cast.ben)
        (first, second) = said(sam.post("/queue/bulk", form, follow=True))
        assert (first, second.startswith(f"{three[0].ref}: Ben claimed it")) == ("2 of 3 were done.", True)

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"row": []}, "Tick between 1 and 50 callbacks first."),
            ({"row": ["x"]}, "This page is outdated. Reload it and try again."),
            ({"act": "dance"}, "Choose one of the acts on the page."),
            ({"act": "assign"}, "Choose a colleague."),
            ({"act": "snooze"}, "Give a day and a time."),
            ({"act": "close"}, "Say why it is closed."),
        ],
    )
    def test_that_is_no_decision_changes_nothing(self, cast, sam, three, typed, sentence):
        form = self.tick(three, act="escalate", reason="because") | typed
        assert sentence in said(sam.post("/queue/bulk", form, follow=True))
        assert not Change.objects.exists()

    def test_never_reaches_another_clinic(self, cast, sam, tuesday):
        theirs = promise_call(cast.hilltop)
        assert sam.post("/queue/bulk", self.tick([theirs], act="escalate")).status_code == 404
        assert fresh(theirs).status == Status.OPEN
