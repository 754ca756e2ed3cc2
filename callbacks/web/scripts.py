"""Callbacks' page of scripts: what is said at each step of a call, its versions, and a text that is being written."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import requires, signed_in, working_clinic
from accounts.models import Clinic
from accounts.roles import SUPERVISE_CALLBACKS
from audit.events import SCRIPT_CHANGED, SCRIPTS_VIEWED
from audit.policy import audited, not_audited
from audit.recording import record_event
from callbacks.queries.scripts import preview_script, script_history, scripts_in_force
from callbacks.scripts.filling import Variable
from callbacks.scripts.linting import objections
from callbacks.scripts.steps import MOST_LETTERS, ScriptStep
from callbacks.services.scripting import change_script, restore_script
from callbacks.web.answering import SHOWN_ON_THE_PAGE
from callbacks.web.forms import OUTDATED_WORDS, SentenceForm
from lib import clock
from lib.errors import Refusal

# More than may be said, so that the objection about its length is heard; a page never takes a book.
MOST_TYPED = 4 * MOST_LETTERS


class ScriptForm(SentenceForm):
    """A text for a step, made for the newest version its person saw."""

    step = forms.ChoiceField(choices=[(step.value, step.value) for step in ScriptStep], error_messages=OUTDATED_WORDS)
    script_version = forms.IntegerField(min_value=0, error_messages=OUTDATED_WORDS)
    text = forms.CharField(required=False, max_length=MOST_TYPED)
    earlier = forms.IntegerField(min_value=0, required=False)

    @property
    def chosen_step(self) -> ScriptStep:
        return ScriptStep(self.cleaned_data["step"])


@audited(SCRIPTS_VIEWED)
@requires(SUPERVISE_CALLBACKS)
@require_GET
def scripts(request: HttpRequest) -> HttpResponse:
    """The steps of a call for the clinic one supervises; one of them is open."""
    clinic = working_clinic(request, SUPERVISE_CALLBACKS)
    step = _step_of(request.GET.get("step", ""))
    record_event(SCRIPTS_VIEWED, clinic_id=clinic.pk, details={"step": step.value})
    return _page(request, clinic, step)


@not_audited("Answers a text that its writer just typed, filled in for an invented caller; nothing is kept or read.")
@requires(SUPERVISE_CALLBACKS)
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """What stands against the text that is being written, and how it would sound."""
    clinic = working_clinic(request, SUPERVISE_CALLBACKS)
    text, step = request.POST.get("text", "")[:MOST_TYPED], _step_of(request.POST.get("step", ""))
    return render(request, "callbacks/_script_check.html", _checked(request, clinic, step, text))


@audited(SCRIPT_CHANGED)
@requires(SUPERVISE_CALLBACKS)
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Save another text for a step, or say an earlier version again (`earlier`)."""
    clinic, user = working_clinic(request, SUPERVISE_CALLBACKS), signed_in(request)
    form = ScriptForm(request.POST)
    typed = request.POST.get("text", "")[:MOST_TYPED]
    if not form.is_valid():
        step = _step_of(request.POST.get("step", ""))
        return _page(request, clinic, step, typed=typed, error=form.first_sentence, status=422)
    step, earlier, seen = form.chosen_step, form.cleaned_data["earlier"], form.cleaned_data["script_version"]
    try:
        if earlier is not None:
            restore_script(clinic, step, earlier, seen_version=seen, acting_user=user)
        else:
            change_script(clinic, step, form.cleaned_data["text"], seen_version=seen, acting_user=user)
    except Refusal as refusal:
        if refusal.status not in SHOWN_ON_THE_PAGE:
            raise
        return _page(request, clinic, step, typed=typed, error=refusal.sentence, status=refusal.status)
    messages.success(request, _("Saved. It is said from now on."))
    return redirect(f"{reverse('callbacks:scripts')}?step={step.value}")


def _step_of(text: str) -> ScriptStep:
    return ScriptStep(text) if text in set(ScriptStep) else ScriptStep.OPEN


def _checked(request: HttpRequest, clinic: Clinic, step: ScriptStep, text: str) -> dict[str, Any]:
    return {
        "objections": objections(text, step, omits_name=clinic.omits_name_on_voicemail),
        "preview": preview_script(text, clinic, staff=signed_in(request)),
    }


def _page(
    request: HttpRequest, clinic: Clinic, step: ScriptStep, *, typed: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    now = clock.now()
    in_force = scripts_in_force(clinic, now)
    current = in_force[step]
    text = typed or current.text
    context = {
        "section": "scripts",
        "steps": [(one, f"{reverse('callbacks:scripts')}?step={one.step}") for one in in_force.values()],
        "current": current,
        "text": text,
        "error": error,
        "omits_name": clinic.omits_name_on_voicemail and step is ScriptStep.VOICEMAIL,
        "variables": [f"{{{variable}}}" for variable in Variable],
        "most_letters": MOST_LETTERS,
        "versions": script_history(clinic, step, now),
        **_checked(request, clinic, step, text),
    }
    return render(request, "callbacks/scripts.html", context, status=status)
