"""The pages of closed days: a closure, a day with hours of its own, and holidays that somebody ticks."""

from datetime import date

import pytest

from accounts.models import Clinic
from audit.events import ACCESS_DENIED, CLINIC_SETTING_CHANGED
from callbacks.models import Closure, SpecialDay
from callbacks.public_holidays import proposed_days, thanksgiving
from tests.callbacks.desk import fresh, local
from tests.callbacks.test_following_hours import follow, marked

PAGE = "/settings/closed-days"


@pytest.fixture
def sam(cast, tuesday):
    return cast.browser("sam")


def closed(cast):
    rows = Closure.objects.filter(clinic=cast.riverside).order_by("first_on")
    return [(str(row.first_on), str(row.last_on), row.label) for row in rows]


class TestClosing:
    def test_one_day_or_a_run_and_due_times_follow(self, cast, sam, dana):
        assert sam.post(f"{PAGE}/close", {"first_on": "2026-11-25", "label": "Snow"})["Location"] == PAGE
        sam.post(f"{PAGE}/close", {"first_on": "2026-12-24", "last_on": "2026-12-31", "label": "Between the years"})
        assert closed(cast) == [
            ("2026-11-25", "2026-11-25", "Snow"),
            ("2026-12-24", "2026-12-31", "Between the years"),
        ]
        assert follow() == 1
        assert (fresh(dana).due_at, fresh(dana).promised_by) == (local("2026-11-24 17:00"), dana.promised_by)

    @pytest.mark.django_db(transaction=True)
    def test_days_are_recorded_and_why_is_not(self, cast, sam, trail):
        sam.post(f"{PAGE}/close", {"first_on": "2026-11-25", "label": "Painters"})
        sam.post(f"{PAGE}/{Closure.objects.get().pk}/open")
        made, undone = trail.events(CLINIC_SETTING_CHANGED)
        assert made["details"]["new"] == undone["details"]["old"] == ["2026-11-25/2026-11-25"]
        assert "Painters" not in str(made) + str(undone)

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"label": "Snow"}, "Give the first closed day."),
            ({"first_on": "soon", "label": "Snow"}, "Give the first closed day as a date."),
            ({"first_on": "2026-11-25"}, "Say why the clinic is closed"),
            ({"first_on": "2026-11-25", "last_on": "2026-11-24", "label": "Snow"}, "comes before the first."),
            ({"first_on": "2026-11-25", "last_on": "2027-11-25", "label": "Snow"}, "at most 120 days"),
            ({"first_on": "2026-11-20", "label": "Snow"}, "from today on"),
            ({"first_on": "2126-11-25", "label": "Snow"}, "at most three years ahead"),
            ({"first_on": "2026-11-25", "label": "x" * 81}, "under 80 characters"),
        ],
    )
    def test_what_makes_no_sense_is_said_and_kept(self, cast, sam, typed, sentence):
        response = sam.post(f"{PAGE}/close", typed)
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert typed.get("label", "") in response.content.decode()
        assert closed(cast) == []

    def test_days_that_are_closed_already_are_not_closed_twice(self, cast, sam):
        run = {"first_on": "2026-12-24", "last_on": "2026-12-31", "label": "Between the years"}
        sam.post(f"{PAGE}/close", run)
        response = sam.post(f"{PAGE}/close", {"first_on": "2026-12-25", "label": "Christmas"})
        assert (response.status_code, len(closed(cast))) == (422, 1)
        assert "closed on these days already" in response.content.decode()

    def test_a_closure_is_taken_away_again(self, cast, sam, dana):
        sam.post(f"{PAGE}/close", {"first_on": "2026-11-25", "label": "Snow"})
        follow()
        assert sam.post(f"{PAGE}/{Closure.objects.get().pk}/open").status_code == 302
        assert follow() == 1
        assert (closed(cast), fresh(dana).due_at) == ([], dana.due_at)

    @pytest.mark.django_db(transaction=True)
    def test_another_clinics_days_do_not_exist(self, cast, sam, trail):
        theirs = Closure.objects.create(clinic=cast.hilltop, first_on="2026-12-24", last_on="2026-12-24", label="x")
        day = SpecialDay.objects.create(clinic=cast.hilltop, day_on="2026-12-23", opens_minute=1, closes_minute=2)
        assert sam.post(f"{PAGE}/{theirs.pk}/open").status_code == 404
        assert sam.post(f"{PAGE}/special/{day.pk}/remove").status_code == 404
        assert [event["outcome_code"] for event in trail.events(ACCESS_DENIED)] == ["other_clinic"] * 2
        assert theirs.label not in sam.get(PAGE).context["coming"]
        assert Closure.objects.count() == SpecialDay.objects.count() == 1

    def test_past_ones_are_folded(self, cast, sam):
        Closure.objects.create(clinic=cast.riverside, first_on="2026-09-07", last_on="2026-09-07", label="Labor Day")
        SpecialDay.objects.create(clinic=cast.riverside, day_on="2026-09-08", opens_minute=600, closes_minute=660)
        page = sam.get(PAGE)
        assert page.context["coming"] == []
        assert [row.days for row in page.context["past"]] == ["Tue 8 Sep 2026", "Mon 7 Sep 2026"]


class TestOtherHours:
    def test_replace_those_of_the_day_and_come_off_together(self, cast, sam, dana):
        form = {"day_on": "2026-11-25", "opens-own-0": "08:00", "closes-own-0": "09:30"}
        sam.post(f"{PAGE}/special", form)
        assert follow() == 1
        assert fresh(dana).due_at == local("2026-11-25 09:30")
        sam.post(f"{PAGE}/special", form | {"opens-own-1": "13:00", "closes-own-1": "14:00"})
        (row,) = sam.get(PAGE).context["coming"]
        assert (row.days, row.hours) == ("Wed 25 Nov 2026", "08:00-09:30, 13:00-14:00")
        assert sam.post(f"{PAGE}/special/{row.id}/remove").status_code == 302
        assert not SpecialDay.objects.exists()
        assert marked() == [cast.riverside]

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"opens-own-0": "08:00", "closes-own-0": "09:00"}, "Give the day."),
            ({"day_on": "2026-11-25"}, "A day without any is a closed day."),
            ({"day_on": "2026-11-25", "opens-own-0": "08:00"}, "give both times"),
            ({"day_on": "2026-11-25", "opens-own-0": "09:00", "closes-own-0": "08:00"}, "is not after 09:00"),
            (
                {
                    "day_on": "2026-11-25",
                    "opens-own-0": "08:00",
                    "closes-own-0": "12:00",
                    "opens-own-1": "11:00",
                    "closes-own-1": "13:00",
                },
                "The two stretches overlap.",
            ),
        ],
    )
    def test_what_makes_no_sense_is_said_and_kept(self, cast, sam, typed, sentence):
        response = sam.post(f"{PAGE}/special", typed)
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert not SpecialDay.objects.exists()


class TestPreview:
    def test_says_what_closing_would_do_before_a_reason_is_given(self, cast, sam, dana):
        page = sam.post(f"{PAGE}/preview", {"first_on": "2026-11-25"}).content.decode()
        assert "A call now would be due Tue 24 Nov, 17:00." in page
        assert "1 open callback moves." in page
        assert closed(cast) == []

    def test_of_other_hours_and_of_ticked_holidays(self, cast, sam, dana):
        form = {"day_on": "2026-11-25", "opens-own-0": "08:00", "closes-own-0": "09:30"}
        assert "due Wed 25 Nov, 09:30." in sam.post(f"{PAGE}/preview", form).content.decode()
        ticked = sam.post(f"{PAGE}/preview", {"days": ["2026-11-25", "no day"]}).content.decode()
        assert "due Tue 24 Nov, 17:00." in ticked

    def test_of_what_makes_no_sense_yet_is_of_the_hours_as_they_are(self, cast, sam):
        for form in ({"first_on": ""}, {"day_on": "2026-11-25", "opens-own-0": "9"}, {}):
            assert "due Wed 25 Nov, 10:12." in sam.post(f"{PAGE}/preview", form).content.decode()


class TestHolidays:
    def test_lists_what_is_to_come_and_the_two_no_law_has(self, sam):
        rows = sam.get(f"{PAGE}/holidays?year=2026").context["rows"]
        assert [(row["value"], row["is_official"]) for row in rows] == [
            ("2026-11-26", True),
            ("2026-11-27", False),
            ("2026-12-24", False),
            ("2026-12-25", True),
        ]
        assert len(sam.get(f"{PAGE}/holidays?year=2027").context["rows"]) > 11

    def test_only_what_is_ticked_and_listed_is_closed(self, cast, sam):
        response = sam.post(f"{PAGE}/holidays", {"year": "2026", "days": ["2026-11-26", "2026-11-27", "2026-11-30"]})
        assert response["Location"] == PAGE
        assert [(first, label) for first, _last, label in closed(cast)] == [
            ("2026-11-26", "Thanksgiving Day"),
            ("2026-11-27", "Day after Thanksgiving"),
        ]
        rows = sam.get(f"{PAGE}/holidays?year=2026").context["rows"]
        assert [row["is_closed"] for row in rows] == [True, True, False, False]

    @pytest.mark.parametrize("days", [[], ["2026-11-30"], ["2026-02-30"]])
    def test_nothing_ticked_closes_nothing(self, cast, sam, days):
        assert sam.post(f"{PAGE}/holidays", {"year": "2026", "days": days}).status_code == 422
        assert closed(cast) == []

    def test_what_is_closed_already_is_said(self, cast, sam):
        form = {"year": "2026", "days": ["2026-11-26"]}
        sam.post(f"{PAGE}/holidays", form)
        assert sam.post(f"{PAGE}/holidays", form).status_code == 422
        assert len(closed(cast)) == 1

    @pytest.mark.parametrize("year", ["1900", "2040", "x", ""])
    def test_another_year_than_those_offered_is_this_one(self, sam, year):
        assert sam.get(f"{PAGE}/holidays?year={year}").context["year"] == 2026

    def test_a_country_without_a_list_has_none(self, cast, sam):
        Clinic.objects.filter(pk=cast.riverside.pk).update(region="XX")
        assert "No holiday left to tick" in sam.get(f"{PAGE}/holidays").content.decode()

    def test_other_countries_get_nothing_american(self):
        labels = {one.label for one in proposed_days("GB", 2026)}
        assert "Day after Thanksgiving" not in labels
        assert len(labels) >= 4

    @pytest.mark.parametrize(("year", "day"), [(2024, 28), (2026, 26), (2029, 22), (2030, 28)])
    def test_thanksgiving_is_the_fourth_thursday(self, year, day):
        assert thanksgiving(year) == date(year, 11, day)


@pytest.mark.parametrize("name", ["ana", "olu", "cleo"])
def test_only_supervisors_and_administrators_close_days(cast, tuesday, name):
    browser = cast.browser(name)
    assert browser.get(PAGE).status_code == browser.get(f"{PAGE}/holidays").status_code == 403
    assert browser.post(f"{PAGE}/close", {"first_on": "2026-11-25", "label": "Snow"}).status_code == 403
    assert closed(cast) == []
