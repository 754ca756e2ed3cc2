"""Callbacks' page of a clinic's rules: what follows an outcome, in plain words, and how the queue is dealt and shown."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import requires, signed_in, working_clinic
from accounts.models import Clinic
from accounts.models.clinic import NamesInQueue
from accounts.roles import CONFIGURE_CLINIC
from audit.events import CLINIC_SETTING_CHANGED, PAGE_VIEWED
from audit.policy import audited
from callbacks.access import access_row
from callbacks.models import DeskPolicy, LadderStep
from callbacks.models.ladder_step import LONGEST_DELAY, MOST_STEPS
from callbacks.queries.ladder_lines import ACTIONS, URGENCIES, WINDOW_RULES, ladder_lines, outcome_choices
from callbacks.services.setting_rules import (
    StepRefusal,
    drop_ladder_step,
    set_desk_policy,
    set_ladder_step,
)
from callbacks.web.forms import SentenceForm, typed_in

_CHOOSE = {
    "required": gettext_lazy("Choose what follows which outcome."),
    "invalid_choice": gettext_lazy("Choose one of those on the page."),
}


class StepForm(SentenceForm):
    """What follows an outcome at one step."""

    outcome = forms.ChoiceField(choices=outcome_choices, error_messages=_CHOOSE)
    urgency = forms.ChoiceField(
        choices=[(one.value, label) for one, label in URGENCIES.items()], error_messages=_CHOOSE
    )
    step = forms.IntegerField(
        min_value=1,
        max_value=MOST_STEPS,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), gettext_lazy("Give the step as a number from 1 to 10.")
        ),
    )
    action = forms.ChoiceField(choices=[(one.value, label) for one, label in ACTIONS.items()], error_messages=_CHOOSE)
    delay_minutes = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=LONGEST_DELAY,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"),
            gettext_lazy("Give the delay in minutes of calling time, at most 7200."),
        ),
    )
    window_rule = forms.ChoiceField(
        choices=[(one.value, label) for one, label in WINDOW_RULES.items()], error_messages=_CHOOSE
    )
    counts_as_attempt = forms.BooleanField(required=False)

    @property
    def does(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "action": data["action"],
            "delay_minutes": data["delay_minutes"] or 0,
            "window_rule": data["window_rule"],
            "counts_as_attempt": data["counts_as_attempt"],
        }


class PolicyForm(SentenceForm):
    """How the queue is dealt, and how names stand in it."""

    shares_retries = forms.BooleanField(required=False)
    names_in_queue = forms.ChoiceField(
        choices=NamesInQueue.choices,
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose how names are shown.")),
    )


@audited(PAGE_VIEWED)
@requires(CONFIGURE_CLINIC)
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """What follows an outcome at this clinic, and its desk policy."""
    return _page(request, working_clinic(request, CONFIGURE_CLINIC))


@audited(CLINIC_SETTING_CHANGED)
@requires(CONFIGURE_CLINIC)
@require_POST
def step(request: HttpRequest) -> HttpResponse:
    """Set one step of the clinic's ladder."""
    clinic = working_clinic(request, CONFIGURE_CLINIC)
    form = StepForm(request.POST)
    if not form.is_valid():
        return _page(request, clinic, step=form, problem=form.first_sentence)
    data = form.cleaned_data
    try:
        set_ladder_step(clinic, outcome=data["outcome"], urgency=data["urgency"], step=data["step"], does=form.does)
    except StepRefusal as refusal:
        return _page(request, clinic, step=form, problem=refusal.sentence)
    messages.success(request, _("The step is set. It holds from the next outcome that is saved."))
    return redirect("callbacks:rules")


@audited(CLINIC_SETTING_CHANGED)
@requires(CONFIGURE_CLINIC)
@require_POST
def drop_step(request: HttpRequest, step_id: UUID) -> HttpResponse:
    """Go back to the common step."""
    row = access_row(
        LadderStep.objects.select_related("clinic"),
        user=signed_in(request),
        public_id=step_id,
        kind="ladder_step",
        permission=CONFIGURE_CLINIC,
    )
    try:
        drop_ladder_step(row)
    except StepRefusal as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, _("The common step holds again."))
    return redirect("callbacks:rules")


@audited(CLINIC_SETTING_CHANGED)
@requires(CONFIGURE_CLINIC)
@require_POST
def policy(request: HttpRequest) -> HttpResponse:
    """Set how the queue is dealt and shown."""
    clinic = working_clinic(request, CONFIGURE_CLINIC)
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _page(request, clinic, policy_problem=form.first_sentence)
    set_desk_policy(clinic, **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("callbacks:rules")


def _page(
    request: HttpRequest,
    clinic: Clinic,
    *,
    step: StepForm | None = None,
    problem: str = "",
    policy_problem: str = "",
) -> HttpResponse:
    desk_policy = DeskPolicy.objects.filter(clinic=clinic).first()
    context = {
        "section": "settings",
        "clinic": clinic,
        "ladder": ladder_lines(clinic),
        "outcomes": outcome_choices(),
        "urgencies": [(one.value, label) for one, label in URGENCIES.items()],
        "actions": [(one.value, label) for one, label in ACTIONS.items()],
        "windows": [(one.value, label) for one, label in WINDOW_RULES.items()],
        "typed": typed_in(step, *StepForm.base_fields),
        "is_typed": step is not None,
        "problem": problem,
        "policy_problem": policy_problem,
        "shares_retries": desk_policy is not None and desk_policy.shares_retries,
        "names": NamesInQueue.choices,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem or policy_problem else HTTPStatus.OK
    return render(request, "callbacks/settings_rules.html", context, status=status)
