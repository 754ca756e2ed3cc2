"""The CRM's pages: a chip for everybody, targets and dead letters for supervisors, nothing of a caller in either."""

from datetime import timedelta

import pytest

from audit.events import ACCESS_DENIED, CRM_LETTERS_VIEWED
from callbacks.models import CrmTarget, IgnoreReason, SyncStatus
from callbacks.scheduling.ladder import Outcome
from tests.callbacks.crm.lanes import is_synced, settle, state_of, sync, text_of
from tests.callbacks.desk import claim, save
from tests.policies.callers import promise_call, shows_a_number


@pytest.fixture
def letter(crm, target, dana, tuesday):
    """Dana's callback, which the CRM refuses."""
    crm.script = ["422"]
    tuesday.shift(timedelta(seconds=31))
    sync(target)
    return state_of(dana, target)


class TestTheChip:
    def test_says_how_far_it_came_in_the_queue_and_on_its_page(self, cast, crm, target, dana, tuesday):
        ana = cast.browser("ana")
        assert "CRM follows" in text_of(ana.get("/queue"))
        tuesday.shift(timedelta(seconds=31))
        sync(target)
        assert "in CRM" in text_of(ana.get("/queue"))
        assert "in CRM" in text_of(ana.get(f"/callbacks/{dana.pk}"))

    def test_of_two_targets_says_the_worse(self, cast, letter, crm):
        second = CrmTarget.objects.create(clinic=cast.riverside, name="Second", address=crm.address)
        state_of(letter.callback, letter.target)
        promise_call(cast.riverside, phone="+12025550177")
        assert second.sync_states.count() == 1
        assert "CRM refuses" in text_of(cast.browser("ana").get(f"/callbacks/{letter.callback_id}"))

    def test_without_a_crm_there_is_none(self, cast, dana):
        assert "CRM" not in text_of(cast.browser("ana").get("/queue"))


class TestThePage:
    def test_shows_what_a_target_refuses_and_nothing_of_the_caller(self, cast, letter, trail):
        page = cast.browser("sam").get("/crm")
        said = text_of(page)
        for words in ("Chart", "In touch", "Dead letters", letter.callback.ref, "It does not accept the content",
                      "http_422", "First name sealed", "Number to call sealed", "Urgency routine"):  # fmt: skip
            assert words in said, words
        assert "Dana" not in said
        assert not shows_a_number(page.content.decode())
        (viewed,) = trail.events(CRM_LETTERS_VIEWED)
        assert viewed["rows_count"] == 1

    def test_says_what_is_lacking_in_words_and_the_clinics_time(self, cast, crm, target, dana, tuesday):
        tuesday.shift(timedelta(seconds=31))
        sync(target)
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.NO_ANSWER)
        crm.script = ["422"]
        settle(target, tuesday)
        said = text_of(cast.browser("sam").get("/crm"))
        assert "Last outcome No answer older there" in said
        assert "What it is doing now Waiting older there" in said
        assert "Last attempt today 10:" in said
        assert "+00:00" not in said
        assert "T15:" not in said

    def test_without_a_target_says_so(self, cast):
        assert "No CRM is connected" in text_of(cast.browser("sam").get("/crm"))

    @pytest.mark.parametrize("who", ["ana", "nadia", "olu", "max"])
    def test_is_a_supervisors(self, cast, who):
        assert cast.browser(who).get("/crm").status_code == 403


class TestActs:
    def test_a_letter_is_sent_again(self, cast, letter, target):
        page = cast.browser("sam").post(f"/crm/letters/{letter.pk}/retry", follow=True)
        assert f"{letter.callback.ref} is sent again." in text_of(page)
        sync(target)
        assert is_synced(letter.callback, target)
        again = cast.browser("sam").post(f"/crm/letters/{letter.pk}/retry", follow=True)
        assert "This is not a dead letter any more" in text_of(again)

    def test_all_letters_of_a_target_are_sent_again(self, cast, letter, target):
        page = cast.browser("sam").post(f"/crm/targets/{target.pk}/retry-all", follow=True)
        assert "1 callback is sent again." in text_of(page)
        assert state_of(letter.callback, target).status == SyncStatus.PENDING

    def test_a_letter_is_let_be_with_a_reason_only(self, cast, letter, target):
        sam = cast.browser("sam")
        page = sam.post(f"/crm/letters/{letter.pk}/ignore", {"ignore_reason": "whatever"}, follow=True)
        assert "Choose why it may be let be" in text_of(page)
        sam.post(f"/crm/letters/{letter.pk}/ignore", {"ignore_reason": "by_hand"})
        state = state_of(letter.callback, target)
        assert (state.status, state.ignore_reason) == (SyncStatus.IGNORED, IgnoreReason.BY_HAND)
        again = sam.post(f"/crm/letters/{letter.pk}/ignore", {"ignore_reason": "by_hand"}, follow=True)
        assert "This is not a dead letter any more" in text_of(again)

    def test_a_target_is_tested_by_a_worker_and_says_what_came_of_it(self, cast, crm, target, tuesday):
        sam = cast.browser("sam")
        page = sam.post(f"/crm/targets/{target.pk}/check", follow=True)
        assert "being tested" in text_of(page)
        assert crm.seen == []
        sync(target)
        assert "works, today" in text_of(sam.get("/crm"))

    def test_a_comparison_is_made_by_a_worker_on_demand(self, cast, server, chart, told, tuesday):
        sam = cast.browser("sam")
        server.tasks.clear()
        page = sam.post(f"/crm/targets/{chart.pk}/compare", follow=True)
        assert "Being compared" in text_of(page)
        settle(chart, tuesday)
        assert f"Missing there, sent again {told.ref}" in text_of(sam.get("/crm"))
        assert len(server.tasks_of(told.pk)) == 1
        sam.post(f"/crm/targets/{chart.pk}/compare")
        settle(chart, tuesday)
        assert "Both sides agree." in text_of(sam.get("/crm"))

    def test_what_cannot_be_read_is_not_compared(self, cast, target):
        sam = cast.browser("sam")
        assert "Compare" not in text_of(sam.get("/crm"))
        page = sam.post(f"/crm/targets/{target.pk}/compare", follow=True)
        assert "nothing can be read there to compare" in text_of(page)
        target.refresh_from_db()
        assert not target.is_reconcile_wanted

    def test_a_stopped_target_says_why_and_goes_on_when_told(self, cast, crm, target, dana, tuesday):
        crm.script = ["401"]
        tuesday.shift(timedelta(seconds=31))
        sync(target)
        sam = cast.browser("sam")
        assert "Stopped: it does not know us any more" in text_of(sam.get("/crm"))
        sam.post(f"/crm/targets/{target.pk}/resume")
        sync(target)
        assert is_synced(dana, target)

    @pytest.mark.parametrize(
        "path", ["targets/{target}/check", "targets/{target}/compare", "targets/{target}/resume", "targets/{target}/retry-all",
                 "letters/{letter}/retry", "letters/{letter}/ignore"],
    )  # fmt: skip
    def test_another_clinics_is_a_recorded_404(self, cast, letter, target, trail, path):
        CrmTarget.objects.filter(pk=target.pk).update(clinic=cast.hilltop)
        where = path.format(target=target.pk, letter=letter.pk)
        assert cast.browser("sam").post(f"/crm/{where}").status_code == 404
        (denied,) = trail.events(ACCESS_DENIED)
        assert (denied["outcome_code"], denied["clinic_id"]) == ("other_clinic", str(cast.hilltop.pk))
