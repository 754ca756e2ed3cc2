"""What the desk says at its start of secrets that are missing, short or in two places."""

from datetime import timedelta

from django.core import checks
from django.core.management import call_command

from intake.models import Line, LineSecret
from lib import clock
from tests.intake.lines import make_line


def found(databases=None):
    return {problem.id for problem in checks.run_checks(databases=databases) if problem.id.startswith("intake.")}


def test_a_desk_with_a_secret_has_nothing_to_say(cast):
    assert found(["default"]) == set()


def test_no_secret_is_a_warning_with_the_answer_it_leads_to(settings):
    settings.VAPI_SERVER_SECRETS = []
    assert found() == {"intake.W001"}
    (warning,) = [problem for problem in checks.run_checks() if problem.id == "intake.W001"]
    assert "503" in warning.msg


def test_a_short_or_empty_one_is_an_error(settings):
    for text in ("", "x" * 23):
        settings.VAPI_SERVER_SECRETS = ["x" * 24, text]
        assert found() == {"intake.E001"}


def test_a_line_without_a_secret_that_counts_is_a_warning(cast):
    line = make_line(cast.hilltop)
    assert found(["default"]) == set()
    LineSecret.objects.update(not_after=clock.now() - timedelta(seconds=1))
    assert found(["default"]) == {"intake.W002"}
    Line.objects.filter(pk=line.pk).update(retired_at=clock.now())
    assert found(["default"]) == set()


def test_options_that_prove_too_little_are_an_error(cast):
    make_line(cast.hilltop, payload_format="{timestamp}")
    assert found(["default"]) == {"intake.E002"}


def test_a_secret_in_the_environment_and_on_a_line_is_an_error(cast, settings):
    make_line(cast.hilltop, secret="tests-only-secret-in-two-places-01")
    settings.VAPI_SERVER_SECRETS = [*settings.VAPI_SERVER_SECRETS, "tests-only-secret-in-two-places-01"]
    assert found(["default"]) == {"intake.E003"}


def test_they_run_with_the_command(cast):
    call_command("check", databases=["default"], fail_level="WARNING")
