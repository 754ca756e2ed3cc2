"""What is said on the phone: filling, objections, versions, and the supervisor's page of them."""

import pytest

from accounts.models import Clinic
from audit.background import service_scope
from audit.events import SCRIPT_CHANGED
from callbacks.models import Script
from callbacks.queries.scripts import preview_script, script_words, scripts_in_force
from callbacks.queries.weekly_hours import weekly_hours
from callbacks.scheduling.hours import ClinicCalendar, Period
from callbacks.scripts.filling import Variable, fill_script
from callbacks.scripts.linting import TELLING, objections
from callbacks.scripts.steps import HEARD_BY_ANYBODY, ScriptStep, our_text
from callbacks.services.scripting import OutdatedScriptRefusal, ScriptRefusal, change_script
from lib import clock
from lib.errors import NotFoundRefusal
from tests.callbacks.desk import NEW_YORK

GREETING = "Good day, {staff} of {neutral_name} here. Is that {first_name}?"


def say(clinic: Clinic, user, text: str, *, step: ScriptStep = ScriptStep.OPEN, seen: int = 0) -> Script:
    with service_scope("test", route="test"):
        return change_script(clinic, step, text, seen_version=seen, acting_user=user)


def form(step: ScriptStep = ScriptStep.OPEN, *, seen: int = 0, **typed: str | int) -> dict[str, str | int]:
    return {"step": step.value, "script_version": seen, **typed}


class TestFilling:
    def test_names_every_variable_once(self):
        words: dict[str, str] = {variable: variable.upper() for variable in Variable}
        assert fill_script("{staff} {hours} {staff}", words) == "STAFF HOURS STAFF"

    @pytest.mark.parametrize(
        "text", ["{{7*7}}", "{nobody}", "{% now %}", "{", "}{", "{ staff }", "{staff.password}", "%(staff)s"]
    )
    def test_leaves_everything_else_as_it_is_written(self, text):
        assert fill_script(text, {Variable.STAFF: "Ana"}) == text

    def test_never_reads_a_value_as_a_script(self):
        assert (
            fill_script("Is that {first_name}?", {Variable.FIRST_NAME: "{staff}", Variable.STAFF: "Ana"})
            == "Is that {staff}?"
        )


class TestObjections:
    @pytest.mark.parametrize("omits_name", [False, True])
    @pytest.mark.parametrize("step", ScriptStep)
    def test_our_own_words_have_none(self, step, omits_name):
        assert objections(our_text(step, omits_name=omits_name), step, omits_name=omits_name) == []

    @pytest.mark.parametrize(
        "name", ["reason", "appointment_type", "date_of_birth", "Staff", "7*7", "", "first_name "]
    )
    def test_a_variable_that_does_not_exist(self, name):
        (said,) = objections(f"Hello {{{name}}}.", ScriptStep.TALK, omits_name=False)
        assert said.startswith(f"There is no {{{name}}}.")

    @pytest.mark.parametrize("word", TELLING)
    def test_what_anybody_may_hear_does_not_tell_why(self, word):
        text = f"This is about your {word.title()}."
        for step in ScriptStep:
            assert bool(objections(text, step, omits_name=False)) == (step in HEARD_BY_ANYBODY), step

    def test_parts_of_words_tell_nothing(self):
        assert objections("Hello from Testimony Hill, Billings.", ScriptStep.OPEN, omits_name=False) == []

    def test_a_voicemail_without_a_name_has_none(self):
        text = "A message for {first_name}."
        assert objections(text, ScriptStep.VOICEMAIL, omits_name=False) == []
        assert objections(text, ScriptStep.VOICEMAIL, omits_name=True) != []
        assert objections(text, ScriptStep.OPEN, omits_name=True) == []

    @pytest.mark.parametrize("text", ["", "  \n", "x" * 601, "Call 202 555 0100.", "Call (202) 555-0100."])
    def test_nothing_too_much_and_typed_numbers(self, text):
        assert len(objections(text, ScriptStep.TALK, omits_name=False)) == 1


class TestWeeklyHours:
    @pytest.mark.parametrize(
        ("weekly", "said"),
        [
            ({}, ""),
            ({0: ("08:00-12:00",)}, "Monday from 8 AM to noon"),
            (
                dict.fromkeys(range(5), ("08:00-12:00", "13:00-17:30")),
                "Monday to Friday from 8 AM to noon and 1 PM to 5:30 PM",
            ),
            (
                {0: ("09:00-17:00",), 1: ("09:00-17:00",), 5: ("00:00-24:00",)},
                "Monday to Tuesday from 9 AM to 5 PM; Saturday from midnight to midnight",
            ),
        ],
    )
    def test_are_said_as_people_say_them(self, weekly, said):
        calendar = ClinicCalendar(
            zone=NEW_YORK,
            weekly={day: tuple(map(Period.parse, periods)) for day, periods in weekly.items()},
            closures=(),
            special_days={},
        )
        assert weekly_hours(calendar) == said


class TestVersions:
    def test_the_newest_in_force_is_said_and_ours_where_there_is_none(self, cast, tuesday):
        say(cast.riverside, cast.sam, "First.")
        say(cast.riverside, cast.sam, "Second.", seen=1)
        Script.objects.create(
            clinic=cast.riverside,
            step="open",
            version=3,
            text="Later.",
            author=cast.sam,
            in_force_from="2027-01-01T00:00Z",
        )
        said = scripts_in_force(cast.riverside, clock.now())
        assert (said[ScriptStep.OPEN].text, said[ScriptStep.OPEN].version) == ("Second.", 2)
        assert said[ScriptStep.TALK].is_ours
        assert scripts_in_force(cast.hilltop, clock.now())[ScriptStep.OPEN].is_ours

    @pytest.mark.django_db(transaction=True)
    def test_is_on_record_as_a_change_of_the_configuration(self, cast, tuesday, trail):
        script = say(cast.riverside, cast.sam, GREETING)
        (event,) = trail.events(SCRIPT_CHANGED)
        assert event["object_id"] == str(script.pk)
        assert event["clinic_id"] == str(cast.riverside.pk)
        assert (event["fields"], event["details"]) == (["text"], {"step": "open", "version": 1})

    def test_two_who_save_at_once_are_told(self, cast, tuesday):
        say(cast.riverside, cast.sam, "First.")
        with pytest.raises(OutdatedScriptRefusal):
            say(cast.riverside, cast.sam, "Second.")

    @pytest.mark.parametrize("name", ["ana", "nadia", "olu", "max", "cleo"])
    def test_only_a_supervisor_of_the_clinic_makes_one(self, cast, tuesday, name):
        with pytest.raises(NotFoundRefusal):
            say(cast.riverside, cast.people[name], "Mine.")
        assert not Script.objects.exists()

    def test_with_an_objection_none_is_made(self, cast, tuesday):
        with pytest.raises(ScriptRefusal):
            say(cast.riverside, cast.sam, "About {reason}.")

    def test_a_clinic_that_leaves_no_name_says_none_whatever_its_text(self, cast, tuesday):
        say(cast.riverside, cast.sam, "For {first_name}, please call.", step=ScriptStep.VOICEMAIL)
        cast.riverside.omits_name_on_voicemail = True
        said = scripts_in_force(cast.riverside, clock.now())[ScriptStep.VOICEMAIL]
        assert (said.is_overruled, "{first_name}" in said.text) == (True, False)


def test_the_voicemail_of_the_specification(cast, tuesday):
    words = script_words(cast.riverside, staff=cast.ana, first_name="Dana")
    assert fill_script(our_text(ScriptStep.VOICEMAIL, omits_name=False), words) == (
        "This is Ana from Riverside with a message for Dana. Please call (202) 555-0198, "
        "Monday to Friday from 8 AM to noon and 1 PM to 5 PM."
    )


def test_a_clinic_without_number_and_hours_says_so_in_words(cast, tuesday):
    cast.hilltop.main_number = ""
    cast.hilltop.periods.all().delete()
    said = preview_script("{clinic_number}, {hours}", cast.hilltop, staff=cast.cleo)
    assert said == "our main number, during our opening hours"


class TestThePage:
    @pytest.fixture
    def sam(self, cast, tuesday):
        return cast.browser("sam")

    def test_shows_our_words_and_how_they_sound(self, sam):
        page = sam.get("/settings/scripts").content.decode()
        assert "This is {staff} from {neutral_name}. May I speak with {first_name}?" in page
        assert "This is Sam from Riverside. May I speak with Alex?" in page
        assert "Nothing stands against it." in page

    def test_shows_a_template_as_what_it_is(self, cast, sam):
        for text in ("{{7*7}}", "{% now 'Y' %}", "<b>"):
            page = sam.post("/settings/scripts/check", {"step": "open", "text": text}).content.decode()
            assert "49" not in page
            assert "2026" not in page
            assert "<b>" not in page
        assert "{{7*7}}" in sam.post("/settings/scripts/check", {"step": "open", "text": "{{7*7}}"}).content.decode()

    def test_saves_a_version_goes_back_and_returns_to_our_words(self, cast, sam):
        assert sam.post("/settings/scripts/change", form(text=GREETING)).status_code == 302
        assert sam.post("/settings/scripts/change", form(text="Hello.", seen=1)).status_code == 302
        assert sam.post("/settings/scripts/change", form(earlier=1, seen=2)).status_code == 302
        assert sam.post("/settings/scripts/change", form(earlier=0, seen=3)).status_code == 302
        assert list(Script.objects.order_by("version").values_list("version", "text", "author__username")) == [
            (1, GREETING, "sam"),
            (2, "Hello.", "sam"),
            (3, GREETING, "sam"),
            (4, "", "sam"),
        ]
        page = sam.get("/settings/scripts?step=open").content.decode()
        assert "May I speak with Alex?" in page
        assert "Version 3" in page

    def test_keeps_what_was_typed_when_it_is_refused(self, sam):
        response = sam.post("/settings/scripts/change", form(text="Your results are in.", seen=0))
        assert response.status_code == 422
        assert "Your results are in." in response.content.decode()
        assert "must not say why" in response.content.decode()
        assert not Script.objects.exists()

    def test_of_two_who_save_at_once_the_second_keeps_their_text(self, cast, sam):
        say(cast.riverside, cast.sam, "First.")
        response = sam.post("/settings/scripts/change", form(text="Second."))
        assert response.status_code == 409
        assert "Second." in response.content.decode()

    @pytest.mark.parametrize(
        "sent", [form(earlier=9), form(earlier=2), {"step": "open"}, {"step": "nowhere", "script_version": 0}, {}]
    )
    def test_what_never_was_is_refused(self, sam, sent):
        assert sam.post("/settings/scripts/change", sent).status_code in {404, 422}
        assert not Script.objects.exists()

    @pytest.mark.parametrize("name", ["ana", "nadia", "olu", "max", "cleo"])
    def test_is_for_supervisors(self, cast, tuesday, name):
        browser = cast.browser(name)
        assert browser.get("/settings/scripts").status_code == 403
        assert browser.post("/settings/scripts/check", {"text": "x"}).status_code == 403
        assert browser.post("/settings/scripts/change", form(text="Mine.")).status_code == 403
        assert not Script.objects.exists()
