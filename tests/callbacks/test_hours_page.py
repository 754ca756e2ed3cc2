"""The page of opening hours: what is typed is reckoned before it is saved, saved whole, and never lost."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership, Role
from audit.events import CLINIC_SETTING_CHANGED
from callbacks.models import ClinicPeriod, HoursEdit, PastHours
from callbacks.scheduling.week import WeekPeriod, overlapping, week_lines
from callbacks.services.setting_hours import mark_of_week, stored_week
from tests.callbacks.desk import fresh, local
from tests.callbacks.test_following_hours import follow
from tests.cast import Cast
from tests.policies.callers import promise_call


def typed(*stretches: str) -> dict[str, str]:
    """`0 08:00 12:00` is Monday's; a plus at the end ticks "next day"."""
    form: dict[str, str] = {}
    for number, stretch in enumerate(stretches):
        weekday, opens, closes = stretch.removesuffix("+").split()
        key = f"{weekday}-{number % 6}"
        form |= {f"opens-{key}": opens, f"closes-{key}": closes}
        if stretch.endswith("+"):
            form[f"next-{key}"] = "on"
    return form


def send(browser: Client, cast: Cast, *stretches: str, to: str = "/settings/hours", **form: str) -> Any:
    """Send the grid as the page made for the hours stored now would."""
    clinic = cast.riverside
    known = {"clinic": str(clinic.pk), "seen": mark_of_week(clinic, stored_week(clinic))}
    return browser.post(to, {**known, **typed(*stretches), **form})


def lines(cast: Cast) -> list[str]:
    return week_lines(stored_week(cast.riverside))


@pytest.fixture
def sam(cast, tuesday):
    return cast.browser("sam")


class TestSaving:
    def test_the_week_is_replaced_and_due_times_follow(self, cast, sam, dana):
        response = send(sam, cast, "1 08:00 12:00", "1 13:00 16:00", "2 09:00 09:30", "4 22:00 02:00+")
        assert (response.status_code, response["Location"]) == (302, "/settings/hours")
        assert lines(cast) == ["Tue 08:00-12:00, 13:00-16:00", "Wed 09:00-09:30", "Fri 22:00-02:00"]
        follow()
        assert fresh(dana).due_at == local("2026-11-25 09:30")
        assert fresh(dana).promised_by == dana.promised_by

    @pytest.mark.django_db(transaction=True)
    def test_it_is_recorded_with_the_hours_before_and_after(self, cast, sam, trail):
        send(sam, cast, "0 08:00 12:00")
        (event,) = trail.events(CLINIC_SETTING_CHANGED)
        assert event["details"]["new"] == ["Mon 08:00-12:00"]
        assert event["details"]["old"][0] == "Mon 08:00-12:00, 13:00-17:00"
        assert (event["clinic_id"], event["actor_label"]) == (str(cast.riverside.pk), "sam")

    def test_midnight_ends_a_day_and_a_whole_day_is_one(self, cast, sam):
        send(sam, cast, "5 17:00 00:00", "6 00:00 00:00")
        assert lines(cast) == ["Sat 17:00-24:00", "Sun 00:00-24:00"]
        assert b'value="00:00"' in sam.get("/settings/hours").content

    def test_what_was_the_week_already_changes_nothing(self, cast, sam):
        HoursEdit.objects.all().delete()
        both = (("0", "08:00", "12:00"), ("1", "13:00", "17:00"))
        form = {f"opens-{day}-{number}": opens for day in range(5) for number, opens, _closes in both}
        form |= {f"closes-{day}-{number}": closes for day in range(5) for number, _opens, closes in both}
        assert send(sam, cast, **form).status_code == 302
        assert not PastHours.objects.exists()
        assert not HoursEdit.objects.exists()

    def test_the_hours_before_can_be_put_back(self, cast, sam):
        before = lines(cast)
        send(sam, cast, "0 08:00 12:00")
        page = sam.get("/settings/hours?earlier=1")
        assert lines(cast) == ["Mon 08:00-12:00"]
        form = {
            name: value
            for day in page.context["days"]
            for row in day.rows
            for name, value in ((f"opens-{row.key}", row.opens), (f"closes-{row.key}", row.closes))
        }
        send(sam, cast, **form)
        assert lines(cast) == before


class TestRefusals:
    @pytest.mark.parametrize(
        ("stretches", "sentence"),
        [
            (["0 08:00 12:00", "0 11:00 17:00"], "Monday: 08:00-12:00 and 11:00-17:00 overlap."),
            (["6 20:00 09:00+", "0 08:00 12:00"], "Monday: 20:00-09:00 and 08:00-12:00 overlap."),
            (["2 17:00 09:00"], "Wednesday: 09:00 is not after 17:00. Tick “next day” if it runs over midnight."),
            (["2 09:00 09:00"], "Wednesday: 09:00 is not after 09:00."),
            (["2 09:00 10:00+"], "Wednesday: 09:00 to 10:00 of the next day is longer than a day."),
            (["3 09:00 25:00"], "Thursday: give both times, as 08:00 and 12:00."),
            ([], "Give at least one day."),
        ],
    )
    def test_what_makes_no_sense_is_said_and_kept(self, cast, sam, stretches, sentence):
        before = lines(cast)
        response = send(sam, cast, *stretches)
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert lines(cast) == before
        for stretch in stretches:
            assert stretch.split()[1] in response.content.decode()

    def test_hours_that_somebody_else_changed_are_not_written_over(self, cast, sam):
        seen = mark_of_week(cast.riverside, stored_week(cast.riverside))
        ClinicPeriod.objects.filter(clinic=cast.riverside, weekday=4).delete()
        response = send(sam, cast, "0 07:15 12:00", seen=seen)
        assert response.status_code == 409
        page = response.content.decode()
        assert 'value="07:15"' in page
        assert "Stored now:" in page
        # What the page carries now lets the same person go on, knowingly.
        assert send(sam, cast, "0 07:15 12:00", seen=response.context["seen"]).status_code == 302

    def test_a_form_of_another_clinic_is_not_saved_here(self, cast, sam):
        response = send(sam, cast, "0 08:00 12:00", clinic=str(cast.hilltop.pk))
        assert response.status_code == 409
        assert lines(cast)[-1].startswith("Fri")

    @pytest.mark.parametrize("name", ["ana", "nadia", "olu", "cleo"])
    def test_only_supervisors_and_administrators_set_hours(self, cast, tuesday, name):
        browser = cast.browser(name)
        for address in ("/settings", "/settings/hours"):
            assert browser.get(address).status_code == 403
        assert send(browser, cast, "0 08:00 12:00").status_code == 403

    def test_an_administrator_does(self, cast, tuesday):
        assert send(cast.browser("max"), cast, "0 08:00 12:00").status_code == 302


class TestReworking:
    def test_a_stretch_more_and_monday_for_others_save_nothing(self, cast, sam):
        before = lines(cast)
        added = send(sam, cast, "0 08:00 12:00", add="0")
        assert [row.opens for row in added.context["days"][0].rows] == ["08:00", ""]
        copied = send(sam, cast, "0 08:00 12:00", "5 10:00 11:00", copy="monday")
        assert [row.opens for day in copied.context["days"] for row in day.rows] == ["08:00"] * 5 + ["10:00", ""]
        dropped = send(sam, cast, "0 08:00 12:00", drop="0-0")
        assert [row.opens for row in dropped.context["days"][0].rows] == [""]
        assert lines(cast) == before

    @pytest.mark.parametrize("odd", [{"add": "7"}, {"add": "x"}, {"drop": "0-99"}, {"drop": "-"}])
    def test_an_odd_button_is_no_button(self, cast, sam, odd):
        assert send(sam, cast, **odd).status_code == 422


class TestPreview:
    def ask(self, browser: Client, cast: Cast, *stretches: str) -> str:
        response = send(browser, cast, *stretches, to="/settings/hours/preview")
        assert response.status_code == 200
        page: str = response.content.decode()
        return page

    def test_it_says_what_saving_would_do(self, cast, sam, dana):
        same = [f"{day} 08:00 12:00" for day in range(5)]
        page = self.ask(sam, cast, *same)
        assert "A call now would be due Wed 25 Nov, 10:12." in page
        page = self.ask(sam, cast, "4 08:00 12:00")
        assert "A call now would be due Fri 27 Nov, 09:00, later than the 24 hours promised." in page
        assert "1 open callback moves." in page
        assert "1 promise can no longer be kept." in page
        send(sam, cast, "4 08:00 12:00")
        assert follow() == 1
        assert "promise_unkeepable" in fresh(dana).flags

    def test_a_promise_that_can_be_kept_again_is_told(self, cast, sam):
        promise_call(cast.riverside, received_at=local("2026-11-21 11:00"))
        page = self.ask(sam, cast, "5 08:00 12:00", "6 08:00 12:00")
        assert "1 promise can be kept again." in page

    def test_without_anybody_waiting_it_says_so(self, cast, sam):
        assert "No callback is waiting." in self.ask(sam, cast, "1 08:00 12:00")

    def test_what_makes_no_sense_is_not_reckoned(self, cast, sam):
        page = self.ask(sam, cast, "1 12:00 08:00")
        assert "Nothing can be reckoned yet:" in page
        assert "is not after" in page

    def test_of_very_many_the_first_are_reckoned(self, cast, sam, monkeypatch):
        monkeypatch.setattr("callbacks.services.previewing.MOST_LOOKED_AT", 1)
        for phone in ("+12025550144", "+12025550145"):
            promise_call(cast.riverside, phone=phone, called_from=phone)
        assert "Reckoned for the 1 due first of 2." in self.ask(sam, cast, "1 08:00 12:00")


def test_a_supervisor_of_two_clinics_goes_from_one_to_the_other(cast, sam):
    Membership.objects.create(user=cast.sam, clinic=cast.hilltop, role=Role.SUPERVISOR)
    page = sam.get("/settings").content.decode()
    assert "Another clinic" in page
    assert "CRM" in page
    there = {"riverside": cast.riverside, "hilltop": cast.hilltop}
    here = sam.get("/settings").context["clinic"]
    other = next(clinic for clinic in there.values() if clinic != here)
    response = sam.post("/clinic", {"clinic": str(other.pk), "next": "/settings"})
    assert response["Location"] == "/settings"
    assert sam.get("/settings").context["clinic"] == other
    assert sam.post("/clinic", {"clinic": str(other.pk), "next": "https://elsewhere.example"})["Location"] == "/"


def test_an_administrator_finds_people_and_no_callers_pages(cast, tuesday):
    pages = {page.url_name for page in cast.browser("max").get("/settings").context["pages"]}
    assert pages == {"callbacks:hours", "callbacks:closed-days", "callbacks:rules", "accounts:people"}


def test_touching_stretches_and_nights_that_do_not_meet_are_no_overlap():
    week = (WeekPeriod(0, 480, 720), WeekPeriod(0, 720, 1020), WeekPeriod(6, 1320, 480))
    assert overlapping(week) == []
    assert overlapping((WeekPeriod(0, 480, 720),)) == []
    assert overlapping((*week, WeekPeriod(0, 0, 30))) == [(WeekPeriod(6, 1320, 480), WeekPeriod(0, 0, 30))]
