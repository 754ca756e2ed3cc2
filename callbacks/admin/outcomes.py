"""Callbacks' outcomes in administration: how a call ended, asked with the workspace's form, saved by its service."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from accounts.models import User
from callbacks.admin.asking import Question
from callbacks.models import Callback
from callbacks.queries.rows import holder_of
from callbacks.queries.words import DISCLOSURE, OUTCOME_GROUPS, OUTCOMES
from callbacks.services.attempts import record_attempt
from callbacks.web.forms import NOTE_LENGTH, OutcomeForm
from lib import clock


class AdminOutcomeForm(OutcomeForm):
    """The workspace's form with widgets of its own: the workspace draws them by hand."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grouped = [
            (title, [(code.value, OUTCOMES[code]) for code, _key in offered]) for title, offered in OUTCOME_GROUPS
        ]
        for name, label, widget in (
            ("outcome", gettext_lazy("How did the call end?"), forms.Select(choices=[("", "---------"), *grouped])),
            ("note", gettext_lazy("Note"), forms.Textarea(attrs={"rows": 3, "maxlength": NOTE_LENGTH})),
            ("agreed_at", gettext_lazy("Agreed time (the clinic's)"), forms.TextInput({"type": "datetime-local"})),
            ("possible_disclosure", DISCLOSURE, forms.CheckboxInput()),
            ("command_id", "", forms.HiddenInput()),
            ("version", "", forms.HiddenInput()),
        ):
            field = self.fields[name]
            field.label, field.widget = label, widget
            field.widget.is_required = field.required


def _form(callback: Callback, data: Any, **more: Any) -> AdminOutcomeForm:
    return AdminOutcomeForm(data, clinic=callback.clinic, **more)


def _act(callback: Callback, form: AdminOutcomeForm, user: User) -> str:
    return record_attempt(callback, form.draft(), acting_user=user).sentence


def _why_not(callback: Callback, user: User) -> str:
    is_mine = holder_of(callback, clock.now()) == user
    return "" if is_mine else _("Claim it first; then its outcome can be recorded.")


OUTCOME = Question(
    action="record_outcome", title=gettext_lazy("Record outcome"), form=_form, act=_act, why_not=_why_not
)
