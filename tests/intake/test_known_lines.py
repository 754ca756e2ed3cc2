"""What is known of lines is believed for a while, and no longer."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from intake.models import Line
from intake.services import proving
from intake.services.proving import find_candidates
from lib.errors import NotFoundRefusal
from lib.ids import new_id


@pytest.fixture(autouse=True)
def kept(settings, monkeypatch):
    settings.INTAKE_LINES_KEPT_SECONDS = 2
    monkeypatch.setattr(proving, "_known", {})


def asks(line_id=None) -> int:
    """How often the database is asked for the lines of an address."""
    with CaptureQueriesContext(connection) as queries:
        find_candidates(line_id)
    return len(queries)


@pytest.mark.parametrize("is_named", [False, True], ids=["any line", "its own address"])
def test_lines_are_asked_for_once_in_a_while(cast, monkeypatch, is_named):
    now = 1_000.0
    monkeypatch.setattr(proving.time, "monotonic", lambda: now)
    line_id = cast.line.pk if is_named else None
    assert asks(line_id) >= 1
    Line.objects.update(name="renamed")
    now += 1.9
    assert asks(line_id) == 0
    now += 0.2
    assert asks(line_id) >= 1
    assert find_candidates(line_id)[0].line.name == "renamed"


def test_the_clinic_comes_with_its_line(cast):
    line = find_candidates(None)[0].line
    with CaptureQueriesContext(connection) as queries:
        assert line.clinic.region == cast.riverside.region
    assert len(queries) == 0


def test_what_is_not_there_is_asked_for_each_time(cast):
    unknown = new_id()
    with pytest.raises(NotFoundRefusal):
        find_candidates(unknown)
    made = Line.objects.create(pk=unknown, clinic=cast.hilltop, name="new")
    assert find_candidates(unknown)[0].line == made
