"""Callbacks' scripts as they are now: what a clinic says at each step, filled in, and how its text came about."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import Clinic, User
from callbacks.calendars import clinic_calendar
from callbacks.models import Script
from callbacks.queries.numbers import readable_number
from callbacks.queries.weekly_hours import weekly_hours
from callbacks.scheduling import wording
from callbacks.scripts.filling import Variable, fill_script, variables_in
from callbacks.scripts.steps import TITLES, ScriptStep, our_text


@dataclass(frozen=True)
class StepScript:
    """What is said at a step now. `version` is 0 while the clinic has none; `is_overruled`: the clinic leaves no name
    on a voicemail, and its own text names one, so ours is said.
    """

    step: ScriptStep
    title: str
    version: int
    text: str
    is_ours: bool
    is_overruled: bool = False


@dataclass(frozen=True)
class ScriptVersion:
    """One version in the history of a step."""

    version: int
    text: str
    is_ours: bool
    since: str
    author: str


def scripts_in_force(clinic: Clinic, now: datetime) -> dict[ScriptStep, StepScript]:
    """Every step's text for a clinic, its own newest in force or ours (one query)."""
    rows = Script.objects.filter(clinic=clinic, in_force_from__lte=now).order_by("step", "-version").distinct("step")
    own = {row.step: row for row in rows}
    return {step: _in_force(step, own.get(step), omits_name=clinic.omits_name_on_voicemail) for step in ScriptStep}


def _in_force(step: ScriptStep, row: Script | None, *, omits_name: bool) -> StepScript:
    version, text = (row.version, row.text) if row is not None else (0, "")
    names = step is ScriptStep.VOICEMAIL and omits_name and Variable.FIRST_NAME in variables_in(text)
    is_ours = not text or names
    return StepScript(
        step, str(TITLES[step]), version, our_text(step, omits_name=omits_name) if is_ours else text, is_ours, names
    )


def script_history(clinic: Clinic, step: ScriptStep, now: datetime) -> list[ScriptVersion]:
    """All versions of a step, newest first; our own words are the last line while they were never chosen."""
    ours = our_text(step, omits_name=clinic.omits_name_on_voicemail)
    rows = Script.objects.filter(clinic=clinic, step=step).select_related("author").order_by("-version")
    told = [
        ScriptVersion(
            row.version,
            row.text or ours,
            not row.text,
            wording.day_and_clock(row.in_force_from, now, clinic.zone),
            row.author.display_name,
        )
        for row in rows
    ]
    return [*told, ScriptVersion(0, ours, True, "", "")]


def script_words(clinic: Clinic, *, staff: User, first_name: str | None) -> dict[str, str]:
    """What each variable stands for. A value is said as it is: braces in it mean nothing."""
    return {
        Variable.STAFF: staff.display_name,
        Variable.NEUTRAL_NAME: clinic.neutral_name,
        Variable.FIRST_NAME: first_name or _("the person who called us"),
        Variable.CLINIC_NUMBER: readable_number(clinic.main_number) or _("our main number"),
        Variable.HOURS: weekly_hours(clinic_calendar(clinic)) or _("during our opening hours"),
    }


def preview_script(text: str, clinic: Clinic, *, staff: User) -> str:
    """A text as it would be said to an invented caller."""
    return fill_script(text, script_words(clinic, staff=staff, first_name=_("Alex")))
