"""How calls went: the supervisor's alone, of one clinic, on the trail, with a table beside every plot."""

import io
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.events import CALL_QUALITY_VIEWED
from intake.models import Line
from intake.services.measuring import QUIET_FOR
from intake.tasks import measure_calls
from tests.cast import OPEN_TUESDAY
from tests.intake.reports import report, send
from tests.intake.speech import call_with_interruptions, ended, some_calls

URL = "/calls"


@pytest.fixture
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


@pytest.fixture
def sam(cast, tuesday):
    return cast.browser("sam")


@pytest.fixture
def calls(sam, tuesday):
    some_calls()
    tuesday.shift(QUIET_FOR)
    measure_calls()
    call_command("drain", stdout=io.StringIO())


def rows(response, place):
    """The texts of a table's body, row by row."""
    table = BeautifulSoup(response.content, "html.parser").select_one(f"section[aria-labelledby={place}] table")
    return [[cell.get_text(" ", strip=True) for cell in row.select("th, td")] for row in table.select("tbody tr")]


def test_figures_plots_and_tables_say_the_same(sam, calls):
    response = sam.get(URL)
    found = response.context["found"]
    assert (found.calls, found.judged, found.poor, found.interruptions) == (8, 8, 2, 24)
    assert rows(response, "noticed") == [
        ["0-99", "0"], ["100-199", "3"], ["200-299", "3"], ["300-399 slow", "1"], ["400-499 slow", "1"],
        ["500-599 slow", "0"], ["600 or more slow", "0"],
    ]  # fmt: skip
    assert [bar.count for bar in response.context["noticed"].bars] == [0, 3, 3, 1, 1, 0, 0]
    assert rows(response, "ended") == [
        ["The caller hung up", "5", "62 %"],
        ["Silence", "2", "25 %"],
        ["The caller was not understood", "1", "12 %"],
    ]


def test_poor_lines_lead_to_who_waits(sam, calls):
    slowest, slow = rows(sam.get(URL), "poor")
    assert slowest[1:4] == ["3", "480 ms", "720 ms"]
    assert slowest[4].startswith("CB-")
    assert slow[1:] == ["3", "340 ms", "340 ms", "none"]


def test_bars_stand_inside_their_plot(sam, calls):
    plot = sam.get(URL).context["noticed"]
    assert max(bar.height for bar in plot.bars) == plot.ground - min(bar.y for bar in plot.bars)
    for bar in plot.bars:
        assert 0 <= bar.x < bar.x + bar.width <= plot.width
        assert 0 <= bar.y <= bar.y + bar.height == plot.ground


@pytest.mark.parametrize(("days", "count"), [("7", 1), ("28", 2), ("90", 3), ("5000", 2), ("x", 2), ("", 2)])
def test_the_period_is_one_of_three(sam, tuesday, days, count):
    for back in (100, 60, 20, 1):
        tuesday.move_to(OPEN_TUESDAY - timedelta(days=back))
        call_with_interruptions(180, call_id=f"call-{back}")
    tuesday.move_to(OPEN_TUESDAY)
    measure_calls()
    assert sam.get(URL, {"days": days}).context["found"].calls == count


@pytest.mark.django_db(transaction=True)
def test_a_look_is_on_the_trail(cast, sam, trail):
    sam.get(URL)
    (event,) = trail.events(CALL_QUALITY_VIEWED)
    assert (event["actor_label"], event["clinic_id"], event["rows_count"]) == ("sam", str(cast.riverside.pk), 0)


def test_another_clinics_calls_are_not_among_them(cast, sam, calls):
    Line.objects.update(clinic=cast.hilltop)
    assert "No call was told of" in sam.get(URL).content.decode()


@pytest.mark.parametrize("name", ["ana", "nadia", "olu", "max", "cleo"])
def test_nobody_else_opens_it(cast, tuesday, name):
    assert cast.browser(name).get(URL).status_code == 403


def test_ends_alone_are_told_too(sam, tuesday):
    ended("voicemail")
    tuesday.shift(timedelta(seconds=1))
    response = sam.get(URL)
    assert rows(response, "ended") == [["Voicemail", "1", "100 %"]]
    assert "No line was poor" in response.content.decode()


def test_the_page_costs_the_same_however_much_came(sam, tuesday):
    def queries():
        # The session notes that somebody is here at most every twenty seconds: not in the request that is counted.
        sam.get(URL)
        with CaptureQueriesContext(connection) as captured:
            assert sam.get(URL).status_code == 200
        return len(captured)

    def calls(*names):
        for name in names:
            call_with_interruptions(400, 400, 400, call_id=name)
            send(report(call_id=name))
        tuesday.shift(QUIET_FOR)
        measure_calls()

    calls("call-a")
    few = queries()
    calls(*(f"call-{number}" for number in range(5)))
    assert queries() == few
