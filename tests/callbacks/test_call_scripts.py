"""What the workspace says at each step of a call, and what is kept of who was verified."""

import pytest

from accounts.models import Clinic, User
from audit.events import ATTEMPT_RECORDED
from callbacks.models import Attempt, ContactRule, Script
from callbacks.scheduling.ladder import Outcome
from lib import clock
from tests.callbacks.desk import claim, fresh, release, save
from tests.callbacks.pages import at, send


@pytest.fixture
def ana(cast, tuesday):
    return cast.browser("ana")


@pytest.fixture
def held(cast, dana):
    return claim(dana, cast.ana)


def scripts(browser, callback):
    return browser.get(at(callback)).context["work"].scripts


class TestTheSteps:
    def test_follow_each_other_in_the_clinics_words(self, cast, ana, held):
        Script.objects.create(
            clinic=cast.riverside,
            step="talk",
            version=1,
            text="{first_name}, {{7*7}} {% now %}",
            in_force_from=clock.now(),
            author=cast.sam,
        )
        said = scripts(ana, held)
        assert [(step.code, step.title) for step in said.steps] == [
            ("open", "Open"),
            ("verify", "Verify"),
            ("talk", "Talk"),
            ("wrap_up", "Wrap up"),
        ]
        assert said.steps[0].words == "This is Ana from Riverside. May I speak with Dana?"
        assert said.steps[2].words == "Dana, {{7*7}} {% now %}"
        page = ana.get(at(held)).content.decode()
        assert "{{7*7}}" in page
        assert "Not verified yet: talk about the schedule only" in page
        assert "(202) 555-0198" in page

    def test_read_no_name_as_a_script(self, cast, ana, held):
        User.objects.filter(pk=cast.ana.pk).update(display_name="{clinic_number}")
        assert scripts(ana, held).steps[0].words.startswith("This is {clinic_number} from Riverside.")

    def test_are_for_whoever_holds_the_callback(self, cast, ana, held):
        assert cast.browser("ben").get(at(held)).context["work"].scripts is None
        release(held, cast.ana)
        assert scripts(ana, held) is None
        assert "May I speak with" not in ana.get(at(held)).content.decode()

    def test_say_no_more_of_the_caller_than_a_first_name(self, ana, held):
        said = scripts(ana, held)
        words = " ".join(step.words for step in [*said.steps, said.voicemail, said.message])
        assert "555-0143" not in words
        assert not {"follow-up", "morning"} & set(words.lower().split())

    def test_leave_no_name_where_the_clinic_leaves_none(self, cast, ana, held):
        Clinic.objects.filter(pk=cast.riverside.pk).update(omits_name_on_voicemail=True)
        said = scripts(ana, held)
        assert "Dana" not in said.voicemail.words
        assert "Dana" in said.message.words


class TestTheVoicemail:
    def test_is_said_instead_and_barred_where_it_may_not_be_left(self, cast, ana, held, tuesday):
        assert scripts(ana, held).voicemail.words.startswith("This is Ana from Riverside with a message for Dana.")
        assert scripts(ana, held).voicemail_bar == ""
        save(held, cast.ana, Outcome.VOICEMAIL_LEFT)
        again = claim(fresh(held), cast.ana)
        assert scripts(ana, again).voicemail_bar == "No further voicemail now: two at most, a day apart."

    def test_is_barred_by_the_callers_wish(self, cast, ana, held):
        send(ana, held, "rule", kind="no_voicemail")
        assert ContactRule.objects.exists()
        assert scripts(ana, held).voicemail_bar == "No voicemail: the caller asked for none."
        assert "with a message for Dana. Please call" not in ana.get(at(held)).content.decode()


class TestWhoWasVerified:
    def test_is_kept_as_names_of_what_fitted(self, cast, ana, held):
        send(ana, held, "outcome", outcome="booked", verified_by=["name", "dob"])
        attempt = Attempt.objects.get()
        assert attempt.verified_by == ["name", "dob"]
        assert "name and date of birth verified" in ana.get(at(held)).content.decode()

    @pytest.mark.parametrize("checked", [[], ["name"], ["dob"]])
    def test_half_of_it_is_not_verified(self, cast, ana, held, checked):
        send(ana, held, "outcome", outcome="no_answer", verified_by=checked)
        assert Attempt.objects.get().verified_by == checked
        assert "name and date of birth verified" not in ana.get(at(held)).content.decode()

    @pytest.mark.parametrize("sent", [["1970-01-01"], ["name", "ssn"], ["name"] * 3 + ["x" * 500]])
    def test_nothing_else_is_kept(self, ana, held, sent):
        assert send(ana, held, "outcome", outcome="booked", verified_by=sent).status_code == 422
        assert not Attempt.objects.exists()

    def test_twice_the_same_counts_once(self, ana, held):
        send(ana, held, "outcome", outcome="booked", verified_by=["name", "name"])
        assert Attempt.objects.get().verified_by == ["name"]

    def test_cannot_be_both_verified_and_not(self, ana, held):
        response = send(ana, held, "outcome", outcome="identity_not_confirmed", verified_by=["name", "dob"])
        assert response.status_code == 422
        assert "Take that back" in response.context["work"].error
        assert response.context["work"].verified_by == ("name", "dob")

    @pytest.mark.django_db(transaction=True)
    def test_is_on_record(self, ana, held, trail):
        send(ana, held, "outcome", outcome="booked", verified_by=["name", "dob"])
        (event,) = trail.events(ATTEMPT_RECORDED)
        assert event["details"]["verified_by"] == ["name", "dob"]
