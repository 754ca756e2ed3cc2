"""Callbacks' page of contact rules: what callers asked for, found by number, noted for a number, and ended."""

from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import requires, signed_in, working_clinic
from accounts.models import Clinic
from accounts.roles import SUPERVISE_CALLBACKS
from audit.events import CONTACT_RULE_LIFTED, CONTACT_RULE_SET, CONTACT_RULES_VIEWED
from audit.policy import audited
from audit.recording import record_event
from callbacks.access import access_row
from callbacks.models import ContactRule, RuleSource
from callbacks.queries.listed_rules import MOST_ROWS, rule_rows
from callbacks.queries.words import RULE_KINDS
from callbacks.services.contact_rules import (
    RuleDraft,
    RuleRefusal,
    lift_contact_rule,
    set_rule_for_number,
)
from callbacks.web.act_forms import RuleForm, dialable
from callbacks.web.forms import SentenceForm, typed_in
from lib import clock

FURTHEST = timedelta(days=3 * 366)


class NumberForm(SentenceForm):
    """A number to look for, as people write it in the clinic's country."""

    number = forms.CharField(max_length=40, error_messages={"required": gettext_lazy("Give the number to look for.")})

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        self.region: str = clinic.region
        super().__init__(*args, **kwargs)

    def clean_number(self) -> str:
        return dialable(self.cleaned_data["number"], self.region)


class NumberRuleForm(RuleForm):
    """A wish for a number, noted in the settings; `expires_on` is the last day it holds, on the clinic's wall."""

    number = forms.CharField(
        max_length=40, error_messages={"required": gettext_lazy("Give the number the rule is about.")}
    )
    expires_on = forms.DateField(
        required=False, error_messages={"invalid": gettext_lazy("Give the last day of the rule as a date.")}
    )
    field_order = ("number", "kind", "only_from", "only_to", "alt_number", "expires_on")

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        self.clinic = clinic
        super().__init__(*args, clinic=clinic, **kwargs)

    def clean_number(self) -> str:
        return dialable(self.cleaned_data["number"], self.region)

    def clean_expires_on(self) -> datetime | None:
        day: date | None = self.cleaned_data["expires_on"]
        if day is None:
            return None
        today = clock.now().astimezone(self.clinic.zone).date()
        if not today <= day <= today + FURTHEST:
            raise forms.ValidationError(_("Give a day from today on, at most three years ahead."))
        return datetime.combine(day + timedelta(days=1), time(), tzinfo=self.clinic.zone)

    def rule(self) -> RuleDraft:
        draft = self.draft()
        return RuleDraft(
            kind=draft.kind,
            alt_number=draft.alt_number,
            only_from=draft.only_from,
            only_to=draft.only_to,
            expires_at=self.cleaned_data["expires_on"],
            source=RuleSource.CLINIC,
        )


@audited(CONTACT_RULES_VIEWED)
@requires(SUPERVISE_CALLBACKS)
@require_GET
def contact_rules(request: HttpRequest) -> HttpResponse:
    """The rules in force at the clinic one supervises, numbers masked."""
    return _page(request, working_clinic(request, SUPERVISE_CALLBACKS))


@audited(CONTACT_RULES_VIEWED)
@sensitive_post_parameters("number")
@requires(SUPERVISE_CALLBACKS)
@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """The rules of one number. Sent as a form and answered at once: a number never stands in an address."""
    clinic = working_clinic(request, SUPERVISE_CALLBACKS)
    form = NumberForm(request.POST, clinic=clinic)
    if not form.is_valid():
        return _page(request, clinic, search_problem=form.first_sentence)
    return _page(request, clinic, number=form.cleaned_data["number"])


@audited(CONTACT_RULE_SET)
@sensitive_post_parameters("number", "alt_number")
@requires(SUPERVISE_CALLBACKS)
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Note a rule for a number; a form that makes no sense stands on the page as it was typed."""
    clinic = working_clinic(request, SUPERVISE_CALLBACKS)
    form = NumberRuleForm(request.POST, clinic=clinic)
    if not form.is_valid():
        return _page(request, clinic, typed=form, problem=form.first_sentence)
    try:
        set_rule_for_number(clinic, form.cleaned_data["number"], form.rule(), acting_user=signed_in(request))
    except RuleRefusal as refusal:
        return _page(request, clinic, typed=form, problem=refusal.sentence)
    messages.success(request, _("Noted, and looked at before every call."))
    return redirect("callbacks:contact-rules")


@audited(CONTACT_RULE_LIFTED)
@requires(SUPERVISE_CALLBACKS)
@require_POST
def end(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """End a rule; it stays on record."""
    user = signed_in(request)
    rule = access_row(
        ContactRule.objects.all(), user=user, public_id=rule_id, kind="contact_rule", permission=SUPERVISE_CALLBACKS
    )
    lift_contact_rule(rule, acting_user=user)
    messages.success(request, _("That rule no longer holds."))
    return redirect("callbacks:contact-rules")


def _page(
    request: HttpRequest,
    clinic: Clinic,
    *,
    number: str = "",
    typed: NumberRuleForm | None = None,
    problem: str = "",
    search_problem: str = "",
) -> HttpResponse:
    """The page; records the list as one event besides what each row opens."""
    now = clock.now()
    rows = rule_rows(clinic, now, number=number)
    record_event(CONTACT_RULES_VIEWED, clinic_id=clinic.pk, rows_count=len(rows))
    context = {
        "section": "settings",
        "clinic": clinic,
        "rows": rows,
        "is_search": bool(number),
        "is_cut": len(rows) == MOST_ROWS,
        "kinds": [(kind.value, label) for kind, label in RULE_KINDS.items()],
        "typed": typed_in(typed, "number", "kind", "only_from", "only_to", "alt_number", "expires_on"),
        "problem": problem,
        "search_problem": search_problem,
        "today": now.astimezone(clinic.zone).date().isoformat(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem or search_problem else HTTPStatus.OK
    return render(request, "callbacks/contact_rules.html", context, status=status)
