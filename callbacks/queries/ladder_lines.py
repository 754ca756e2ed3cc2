"""Callbacks' ladder in plain words: what a clinic does after each outcome it may choose for."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy, pgettext_lazy

from accounts.models import Clinic
from callbacks.ladders import clinic_ladder
from callbacks.queries.words import OUTCOMES
from callbacks.requests import Urgency
from callbacks.scheduling import wording
from callbacks.scheduling.ladder import LadderAction, LadderRow, Outcome, WindowRule
from callbacks.scheduling.ladder_changes import CHOICES

ACTIONS = {
    LadderAction.RETRY: gettext_lazy("Try again"),
    LadderAction.REVIEW: gettext_lazy("Send to review"),
    LadderAction.ESCALATE: gettext_lazy("Hand to the clinical team"),
    LadderAction.CLOSE: gettext_lazy("Close"),
}
WINDOW_RULES = {
    WindowRule.ANY: gettext_lazy("at any calling time"),
    WindowRule.OTHER_HALF_DAY: gettext_lazy("in the other half of the day"),
    WindowRule.NEXT_DAY_PREFERRED: gettext_lazy("the next day, when they asked for"),
    WindowRule.NEXT_DAY_OPPOSITE: gettext_lazy("the next day, when they did not ask for"),
}
URGENCIES = {
    Urgency.ROUTINE: pgettext_lazy("callbacks", "Ordinary"),
    Urgency.URGENT: pgettext_lazy("callbacks", "Urgent"),
}


@dataclass(frozen=True)
class StepLine:
    """One step: which time the outcome happens, what follows. `own_id` names the clinic's own row, None for a common one."""

    step: int
    does: str
    counts: bool
    own_id: UUID | None


@dataclass(frozen=True)
class OutcomeLines:
    """What follows one outcome, for ordinary callbacks or for urgent ones where they have steps of their own."""

    outcome: str | Promise
    urgency: str | Promise
    is_urgent: bool
    steps: list[StepLine]


def ladder_lines(clinic: Clinic) -> list[OutcomeLines]:
    """The clinic's ladder as it holds now, for the outcomes a clinic may choose for; one query besides the ladder's."""
    own = {(step.outcome, step.urgency, step.step): step.pk for step in clinic.ladder_steps.filter(is_in_force=True)}
    ladder = clinic_ladder(clinic)
    found = []
    for outcome in CHOICES:
        for urgency in Urgency:
            rows = [row for row in ladder if (row.outcome, row.urgency) == (outcome, urgency)]
            if rows:
                found.append(
                    OutcomeLines(
                        OUTCOMES[outcome], URGENCIES[urgency], urgency == Urgency.URGENT, list(_steps(rows, own))
                    )
                )
    return found


def _steps(rows: list[LadderRow], own: dict[tuple[str, str, int], UUID]) -> Iterator[StepLine]:
    for row in sorted(rows, key=lambda row: row.step):
        key = (row.outcome.value, row.urgency.value, row.step)
        yield StepLine(row.step, _does(row), row.counts_as_attempt, own.get(key))


def _does(row: LadderRow) -> str:
    if row.action != LadderAction.RETRY:
        return str(ACTIONS[row.action])
    window = WINDOW_RULES[row.window_rule]
    if not row.delay:
        return _("Try again %(window)s") % {"window": window}
    return _("Try again after %(delay)s, %(window)s") % {"delay": wording.duration(row.delay), "window": window}


def outcome_choices() -> list[tuple[str, str | Promise]]:
    """The outcomes for which a clinic may choose what follows."""
    return [(Outcome(outcome).value, OUTCOMES[outcome]) for outcome in CHOICES]
