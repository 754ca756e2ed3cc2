"""Callbacks' passing on in administration: to a colleague, or to the clinical team, with the words each takes."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _, gettext_lazy

from accounts.models import Clinic, Membership, User
from accounts.roles import PERMISSIONS, WORK_CALLBACKS
from callbacks.admin.asking import Question
from callbacks.models import Callback
from callbacks.services.escalating import escalate_callback
from callbacks.services.reassigning import reassign_callback
from callbacks.web.forms import OUTDATED, SentenceForm
from lib import clock

WORDS_LENGTH = 280
TOO_LONG = gettext_lazy("Keep it under 280 characters.")
OUTDATED_WORDS = {"required": OUTDATED, "invalid": OUTDATED, "min_value": OUTDATED}


def colleagues(clinic: Clinic) -> QuerySet[User]:
    """Who works with this clinic's callers now, by name."""
    roles = [role for role, held in PERMISSIONS.items() if WORK_CALLBACKS in held]
    working = Membership.objects.active(clock.now()).filter(clinic=clinic, role__in=roles)
    return User.objects.filter(pk__in=working.values("user"), is_active=True).order_by("display_name")


class ColleagueField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs only
    """A colleague, by the name the others know."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except forms.ValidationError:
            # The id's own sentence would repeat what was sent.
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice") from None

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.display_name)


class PassingForm(SentenceForm):
    """What every such form carries; `command_id` makes sending it twice harmless."""

    command_id = forms.UUIDField(widget=forms.HiddenInput, error_messages=OUTDATED_WORDS)
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput, error_messages=OUTDATED_WORDS)

    def known(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("command_id", "version")}


class ReassignForm(PassingForm):
    """To whom, and why."""

    to = ColleagueField(
        label=gettext_lazy("Give it to"),
        queryset=User.objects.none(),
        error_messages={
            "required": gettext_lazy("Choose a colleague."),
            "invalid_choice": gettext_lazy("Choose somebody who works with this clinic's callers."),
        },
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": gettext_lazy("Say why you give it away, then try again."),
            "max_length": TOO_LONG,
        },
    )

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = colleagues(clinic)  # type: ignore[attr-defined]  # declared above as a choice of rows


class EscalateForm(PassingForm):
    """What the caller said, in the caller's words; sealed, for clinical roles."""

    words = forms.CharField(
        label=gettext_lazy("What the caller said (optional)"),
        required=False,
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": TOO_LONG},
    )


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
