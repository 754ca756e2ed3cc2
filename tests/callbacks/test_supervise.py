"""The supervisor's page: its figures, who holds what, and the estimate."""

from datetime import UTC, datetime, timedelta

import pytest

from callbacks.calendars import clinic_calendar
from callbacks.scheduling.forecast import pace_since, will_miss
from callbacks.scheduling.ladder import Outcome
from tests.callbacks.desk import claim, local, promise_calls, save
from tests.policies.callers import promise_call, shows_a_number


@pytest.mark.parametrize(
    ("minutes", "calls", "missed"),
    [
        ([], 4, 0),
        ([15, 30, 45], 4, 0),
        ([45, 14, 30], 4, 1),
        ([10, 10, 10], 2, 3),
        ([60], 0, None),
    ],
)
def test_whoever_has_less_open_time_than_their_turn_takes_is_missed(minutes, calls, missed):
    assert will_miss([timedelta(minutes=left) for left in minutes], calls) == missed


def test_the_pace_is_taken_over_open_minutes_only(cast):
    calendar = clinic_calendar(cast.riverside)
    # 13:20: twenty minutes of the afternoon and the last forty before lunch.
    assert pace_since(calendar, local("2026-11-24 13:20")) == datetime(2026, 11, 24, 16, 20, tzinfo=UTC)


def test_shows_figures_that_lead_somewhere_and_nothing_of_a_caller(cast, tuesday):
    promise_calls(cast.riverside, 2)
    promise_call(cast.hilltop, phone="+12025550177")
    response = cast.browser("sam").get("/supervise")
    tiles = {label: (figure, url) for label, figure, url in response.context["tiles"]}
    assert tiles["Ready to call"] == ("2", "/queue")
    assert tiles["Needs review"] == ("0", "/queue?view=review")
    assert "Dana" not in response.content.decode()
    assert not shows_a_number(response.content.decode())


def test_says_who_holds_what(cast, tuesday):
    held = claim(promise_call(cast.riverside), cast.ben)
    tuesday.shift(timedelta(minutes=1))
    (row,) = cast.browser("sam").get("/supervise").context["holders"]
    assert (row.id, row.holder, row.since, row.dialled, row.idle) == (held.pk, "Ben", "10:12", "", "1 min")


def test_estimates_from_the_last_open_hour(cast, tuesday):
    first, _second = promise_calls(cast.riverside, 2)
    sam = cast.browser("sam")
    assert sam.get("/supervise").context["forecast"].will_miss is None
    save(claim(first, cast.ben), cast.ben, Outcome.NO_ANSWER)
    forecast = sam.get("/supervise").context["forecast"]
    assert (forecast.calls, forecast.will_miss) == (1, 0)


@pytest.mark.parametrize("name", ["ana", "nadia", "olu", "max", "cleo"])
def test_is_for_supervisors_alone(cast, tuesday, name):
    assert cast.browser(name).get("/supervise").status_code == 403
