"""Callbacks' pages about the caller: a misheard name or number put right, whom to call, and wishes about being called."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.guards import requires
from accounts.models import User
from accounts.roles import WORK_CALLBACKS
from audit.events import (
    CALLBACK_CORRECTED,
    CALLBACK_LEFT_TO_DESK,
    CALLBACK_NEEDS_NOTED,
    CONTACT_RULE_LIFTED,
    CONTACT_RULE_SET,
)
from audit.policy import audited
from callbacks.models import Callback, ContactRule
from callbacks.services.contact_rules import lift_contact_rule, set_contact_rule
from callbacks.services.correcting import correct_caller
from callbacks.services.needs import leave_to_desk, note_needs
from callbacks.web.act_forms import CorrectForm, NeedsForm, ReasonForm, RuleForm
from callbacks.web.answering import carry_out, of_clinic, plainly
from lib import clock


@audited(CALLBACK_CORRECTED)
@requires(WORK_CALLBACKS)
@require_POST
def correct(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Put name or number right during the review."""

    def act(callback: Callback, form: CorrectForm, user: User) -> Callback:
        return correct_caller(callback, form.correction(), acting_user=user, **form.known())

    done = _("%(ref)s is corrected.")
    return carry_out(request, public_id, of_clinic(CorrectForm), act, done=done, stays=True, opened="correct")


@audited(CALLBACK_NEEDS_NOTED)
@requires(WORK_CALLBACKS)
@require_POST
def needs(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Note whom to call, in which language, and whether only a supervisor may."""

    def act(callback: Callback, form: NeedsForm, user: User) -> Callback:
        return note_needs(callback, form.needs(), acting_user=user, **form.known())

    done = _("%(ref)s: noted whom to call.")
    return carry_out(request, public_id, plainly(NeedsForm), act, done=done, stays=True, opened="needs")


@audited(CALLBACK_LEFT_TO_DESK)
@requires(WORK_CALLBACKS)
@require_POST
def leave_confidential(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let the front desk make a confidential call; a supervisor's act, says the service."""

    def act(callback: Callback, form: ReasonForm, user: User) -> Callback:
        return leave_to_desk(callback, reason=form.cleaned_data["reason"], acting_user=user, **form.known())

    done = _("%(ref)s: the front desk may call now.")
    return carry_out(request, public_id, plainly(ReasonForm), act, done=done, stays=True, opened="leave-to-desk")


@audited(CONTACT_RULE_SET)
@requires(WORK_CALLBACKS)
@require_POST
def rule(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Note how the caller asked to be contacted, or not to be."""

    def act(callback: Callback, form: RuleForm, user: User) -> Callback:
        set_contact_rule(callback, form.draft(), acting_user=user)
        return callback

    done = _("%(ref)s: noted, and looked at before every call.")
    return carry_out(request, public_id, of_clinic(RuleForm), act, done=done, stays=True, opened="rule")


@audited(CONTACT_RULE_LIFTED)
@requires(WORK_CALLBACKS)
@require_POST
def lift_rule(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End a wish that no longer holds."""

    def act(callback: Callback, form: RuleForm, user: User) -> Callback:
        rules = ContactRule.objects.in_force(clock.now()).filter(
            clinic_id=callback.clinic_id, phone_index=callback.caller.phone_index, kind=form.rule_kind
        )
        for found in rules:
            lift_contact_rule(found, acting_user=user)
        return callback

    done = _("%(ref)s: that wish no longer holds.")
    return carry_out(request, public_id, of_clinic(RuleForm), act, done=done, stays=True, opened="rule")
