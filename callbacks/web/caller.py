"""Callbacks' pages about the caller: a misheard name or number put right, and wishes about being called."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.guards import requires
from accounts.models import User
from accounts.roles import WORK_CALLBACKS
from audit.events import CALLBACK_CORRECTED, CONTACT_RULE_LIFTED, CONTACT_RULE_SET
from audit.policy import audited
from callbacks.models import Callback, ContactRule
from callbacks.services.contact_rules import lift_contact_rule, set_contact_rule
from callbacks.services.correcting import correct_caller
from callbacks.web.act_forms import CorrectForm, RuleForm
from callbacks.web.answering import carry_out, of_clinic
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
