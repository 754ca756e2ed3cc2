"""Callbacks' passing on in administration: to a colleague, or to the clinical team, with the words each takes."""

from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from accounts.models import User
from callbacks.admin.asking import Question
from callbacks.models import Callback
from callbacks.services.escalating import escalate_callback
from callbacks.services.reassigning import reassign_callback
from callbacks.web.act_forms import EscalateForm, ReassignForm


def _reassign_form(callback: Callback, data: Any, **more: Any) -> ReassignForm:
    return ReassignForm(data, clinic=callback.clinic, **more)


def _reassign(callback: Callback, form: ReassignForm, user: User) -> str:
    to, reason = form.cleaned_data["to"], form.cleaned_data["reason"]
    reassign_callback(callback, to=to, reason=reason, acting_user=user, **form.known())
    return _("%(name)s has it now.") % {"name": to.display_name}


def _escalate_form(callback: Callback, data: Any, **more: Any) -> EscalateForm:
    del callback
    return EscalateForm(data, **more)


def _escalate(callback: Callback, form: EscalateForm, user: User) -> str:
    escalate_callback(callback, acting_user=user, words=form.cleaned_data["words"], **form.known())
    return _("the clinical team has it now.")


REASSIGN = Question(action="reassign", title=gettext_lazy("Give to a colleague"), form=_reassign_form, act=_reassign)
ESCALATE = Question(
    action="escalate", title=gettext_lazy("Escalate to the clinical team"), form=_escalate_form, act=_escalate
)
