"""The page of the desk's rules: the ladder in plain words, a clinic's own step, the share for retries, names."""

import pytest

from accounts.models import Clinic
from audit.events import ACCESS_DENIED, CLINIC_SETTING_CHANGED
from callbacks.models import DeskPolicy, HoursEdit, LadderStep
from callbacks.scheduling.ladder import Outcome
from tests.callbacks.desk import claim, fresh, local, save

PAGE = "/settings/rules"


@pytest.fixture
def sam(cast, tuesday):
    return cast.browser("sam")


def step(**changed):
    asked = {"outcome": "no_answer", "urgency": "routine", "step": "1", "action": "retry", "delay_minutes": "30"}
    form = {**asked, "window_rule": "any", "counts_as_attempt": "on", **changed}
    return {name: value for name, value in form.items() if value is not None}


def steps_after(browser, outcome):
    lines = [one for one in browser.get(PAGE).context["ladder"] if str(one.outcome) == outcome and not one.is_urgent]
    return [(line.step, line.does, line.own_id is not None) for line in lines[0].steps]


class TestTheLadder:
    def test_is_told_in_plain_words(self, sam):
        assert steps_after(sam, "No answer") == [
            (1, "Try again after 2 h, in the other half of the day", False),
            (2, "Try again the next day, when they asked for", False),
            (3, "Try again the next day, when they did not ask for", False),
            (4, "Close", False),
        ]

    def test_takes_a_step_of_the_clinics_own_and_gives_it_back(self, cast, sam, dana):
        assert sam.post(f"{PAGE}/step", step())["Location"] == PAGE
        assert steps_after(sam, "No answer")[0] == (1, "Try again after 30 min, at any calling time", True)
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.NO_ANSWER)
        assert fresh(dana).not_before == local("2026-11-24 10:42")
        row = LadderStep.objects.get()
        assert sam.post(f"{PAGE}/steps/{row.pk}/drop").status_code == 302
        assert steps_after(sam, "No answer")[0][2] is False
        # The row stays, and is taken up again.
        sam.post(f"{PAGE}/step", step(delay_minutes="40"))
        assert (LadderStep.objects.get().pk, LadderStep.objects.get().delay_minutes) == (row.pk, 40)

    @pytest.mark.django_db(transaction=True)
    def test_changes_are_recorded_with_old_and_new(self, cast, sam, trail):
        sam.post(f"{PAGE}/step", step())
        sam.post(f"{PAGE}/step", step(delay_minutes=""))
        sam.post(f"{PAGE}/steps/{LadderStep.objects.get().pk}/drop")
        first, second, third = (event["details"] for event in trail.events(CLINIC_SETTING_CHANGED))
        assert first["new"] == ["no_answer/routine/1: retry after 30 min, any, counts=1"]
        assert second["old"] == first["new"]
        assert (third["old"], third["new"]) == (second["new"], [])

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"step": "4"}, "The last step of an unanswered call closes it or hands it on"),
            ({"outcome": "wrong_number"}, "That may not follow this outcome."),
            ({"outcome": "booked"}, "Choose one of those on the page."),
            ({"outcome": None}, "Choose what follows which outcome."),
            ({"step": "11"}, "Give the step as a number from 1 to 10."),
            ({"delay_minutes": "7201"}, "at most 7200"),
        ],
    )
    def test_refuses_what_no_ladder_may_do_and_keeps_what_was_chosen(self, cast, sam, changed, sentence):
        response = sam.post(f"{PAGE}/step", step(**changed))
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert response.context["typed"]["delay_minutes"] == step(**changed)["delay_minutes"]
        assert not LadderStep.objects.exists()

    def test_keeps_a_step_without_which_it_would_never_end(self, cast, sam):
        sam.post(f"{PAGE}/step", step(step="5", action="close"))
        sam.post(f"{PAGE}/step", step(step="4"))
        fifth = LadderStep.objects.get(step=5)
        page = sam.post(f"{PAGE}/steps/{fifth.pk}/drop", follow=True)
        assert "closes it or hands it on" in page.content.decode()
        assert LadderStep.objects.get(step=5).is_in_force

    @pytest.mark.django_db(transaction=True)
    def test_of_another_clinic_does_not_exist(self, cast, sam, trail):
        theirs = LadderStep.objects.create(clinic=cast.hilltop, outcome="busy", step=1, action="retry")
        assert sam.post(f"{PAGE}/steps/{theirs.pk}/drop").status_code == 404
        assert [event["outcome_code"] for event in trail.events(ACCESS_DENIED)] == ["other_clinic"]


class TestTheQueue:
    @pytest.mark.django_db(transaction=True)
    def test_shares_and_names_are_set_together_and_recorded(self, cast, sam, trail):
        HoursEdit.objects.all().delete()
        form = {"shares_retries": "on", "names_in_queue": "initial"}
        for _ in range(2):
            assert sam.post(f"{PAGE}/policy", form)["Location"] == PAGE
        assert DeskPolicy.objects.get(clinic=cast.riverside).shares_retries
        assert Clinic.objects.get(pk=cast.riverside.pk).names_in_queue == "initial"
        (event,) = trail.events(CLINIC_SETTING_CHANGED)
        assert event["details"]["old"] == ["shares_retries=0", "names_in_queue=full"]
        assert event["details"]["new"] == ["shares_retries=1", "names_in_queue=initial"]
        assert not HoursEdit.objects.exists()

    def test_another_word_for_names_is_refused(self, cast, sam):
        response = sam.post(f"{PAGE}/policy", {"names_in_queue": "everything"})
        assert response.status_code == 422
        assert "Choose how names are shown." in response.content.decode()


@pytest.mark.parametrize("name", ["ana", "olu", "cleo"])
def test_only_supervisors_and_administrators_set_rules(cast, tuesday, name):
    browser = cast.browser(name)
    assert browser.get(PAGE).status_code == browser.post(f"{PAGE}/step", step()).status_code == 403
    assert browser.post(f"{PAGE}/policy", {"names_in_queue": "full"}).status_code == 403
