"""The officer's page of emergency accesses: what was opened, whose verdict it takes, and what is overdue."""

from datetime import timedelta

import pytest
import time_machine
from django.db.models import F

from accounts.models import EmergencyAccess, Membership, Role
from audit.events import ACCESS_DENIED, EMERGENCIES_LISTED, EMERGENCY_JUDGED, FINDING_RESOLVED
from audit.models import Finding
from tests.cast import OPEN_TUESDAY
from tests.policies.callers import promise_call

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/audit/emergency-access"
WORDS = "Ben went home and this caller expects us before six."
VERDICT = {"verdict": "justified", "findings": "Ben confirms that he had left."}


@pytest.fixture
def tuesday():
    with time_machine.travel(OPEN_TUESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def used(cast, tuesday):
    """Max looked at Dana's callback in an emergency, and ended it."""
    dana, max_ = promise_call(cast.riverside), cast.browser("max")
    page = max_.post("/emergency", {"reference": dana.ref, "reason": "caller_at_risk", "words": WORDS})["Location"]
    assert max_.get(page).status_code == 200
    max_.post("/emergency/end")
    return EmergencyAccess.objects.get()


def judge(browser, box, **changed):
    return browser.post(f"{LIST}/{box.pk}/judge", VERDICT | changed, follow=True)


def said(response):
    return [str(message) for message in response.context["messages"]]


def duty(browser):
    """How many emergency accesses the overview says wait, and how many of them too long."""
    (found,) = [
        duty for duty in browser.get("/audit/overview").context["duties"] if duty.page == "emergency-reviews:list"
    ]
    return found.waiting, found.overdue


class TestTheList:
    def test_says_who_why_and_what_was_opened(self, cast, used, trail):
        response = cast.browser("olu").get(LIST)
        (row,) = response.context["rows"]
        assert (row.person, row.words, row.reason) == ("Max", WORDS, "A caller may come to harm")
        assert (row.badge_text, row.ended, row.may_judge) == ("To review", "Ended by the person", True)
        (opened,) = row.opened
        assert opened.object_id == str(used.callback_id)
        assert opened.fields == ["called_from", "first_name", "phone", "preferred_words"]
        assert "Dana" not in response.content.decode()
        assert {event["actor_label"] for event in trail.events(EMERGENCIES_LISTED)} == {"olu"}

    def test_is_the_officers_and_shows_no_other_clinics(self, cast, used):
        assert cast.browser("ana").get(LIST).status_code == 403
        Membership.objects.create(user=cast.cleo, clinic=cast.hilltop, role=Role.OFFICER)
        assert cast.browser("cleo").get(LIST).context["rows"] == []

    def test_what_waits_too_long_stands_on_the_overview(self, cast, used, settings):
        olu = cast.browser("olu")
        assert duty(olu) == (1, 0)
        late = timedelta(days=settings.EMERGENCY_REVIEW_DAYS)
        EmergencyAccess.objects.update(
            opened_at=F("opened_at") - late, ends_at=F("ends_at") - late, ended_at=F("ended_at") - late
        )
        assert duty(olu) == (1, 1)
        assert olu.get(LIST).context["rows"][0].badge_text == "Review overdue"
        judge(olu, used)
        assert duty(olu) == (0, 0)


class TestTheVerdict:
    @pytest.mark.parametrize("verdict", ["justified", "not_justified"])
    def test_is_kept_with_its_words_and_answers_the_finding(self, cast, used, trail, verdict):
        olu = cast.browser("olu")
        assert said(judge(olu, used, verdict=verdict)) == ["Your verdict is kept, and the finding is answered."]
        used.refresh_from_db()
        assert (used.verdict, used.reviewed_by) == (verdict, cast.olu)
        (row,) = olu.get(LIST).context["rows"]
        assert (row.verdict_words, row.may_judge) == (VERDICT["findings"], False)
        (event,) = trail.events(EMERGENCY_JUDGED)
        assert (event["object_id"], event["details"]) == (str(used.pk), {"verdict": verdict})
        assert Finding.objects.get(kind="access:emergency:opened").resolution == "reviewed"
        assert len(trail.events(FINDING_RESOLVED)) == 1
        assert VERDICT["findings"] not in str(trail.events())

    def test_takes_a_word_and_words_without_patient_data(self, cast, used):
        olu = cast.browser("olu")
        assert said(judge(olu, used, verdict="")) == ["Choose whether it was justified."]
        assert said(judge(olu, used, findings="ok")) == ["Say in a few words what you found."]
        (refused,) = said(judge(olu, used, findings="It was about her diabetes."))
        assert refused.startswith("Leave out illnesses")
        assert EmergencyAccess.objects.get().verdict == ""

    def test_is_given_once_and_after_the_end(self, cast, used):
        olu = cast.browser("olu")
        EmergencyAccess.objects.update(ended_at=None, end_cause="")
        assert said(judge(olu, used)) == ["It is still open. Judge it when it is over."]
        EmergencyAccess.objects.update(ended_at=F("ends_at"), end_cause="time")
        judge(olu, used)
        assert said(judge(olu, used)) == ["Somebody judged this emergency access already."]

    def test_is_never_ones_own(self, cast, used):
        Membership.objects.create(user=cast.max, clinic=cast.riverside, role=Role.OFFICER)
        max_ = cast.browser("max")
        (row,) = max_.get(LIST).context["rows"]
        assert (row.is_own, row.may_judge) == (True, False)
        assert judge(max_, used).status_code == 403
        assert EmergencyAccess.objects.get().verdict == ""

    def test_of_another_clinics_officer_is_a_recorded_404(self, cast, used, trail):
        Membership.objects.create(user=cast.cleo, clinic=cast.hilltop, role=Role.OFFICER)
        assert judge(cast.browser("cleo"), used).status_code == 404
        (event,) = trail.events(ACCESS_DENIED)
        assert (event["outcome_code"], event["clinic_id"]) == ("other_clinic", str(cast.riverside.pk))

    def test_an_old_proof_leads_to_proving_again(self, cast, used, tuesday):
        olu = cast.browser("olu")
        for _ in range(3):
            tuesday.shift(timedelta(minutes=4))
            olu.post("/session/active")
        response = olu.post(f"{LIST}/{used.pk}/judge", VERDICT)
        assert response["Location"] == "/prove?next=%2Faudit%2Femergency-access"
        assert EmergencyAccess.objects.get().verdict == ""

    def test_the_list_of_findings_does_not_answer_it(self, cast, used):
        olu = cast.browser("olu")
        page = olu.get("/audit/findings").content.decode()
        assert f'href="{LIST}"' in page
        finding = Finding.objects.get(kind="access:emergency:opened")
        answer = olu.post(f"/audit/findings/{finding.pk}/resolve", {"resolution": "expected"}, follow=True)
        assert said(answer) == ["This finding is answered on a page of its own."]
        olu.post(f"/audit/findings/{finding.pk}/resolve", {"resolution": "reviewed"})
        assert Finding.objects.get(pk=finding.pk).resolved_at is None
