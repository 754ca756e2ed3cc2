"""Callbacks' forms of acts: what each dialog of the workspace and of the queue may send."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import phonenumbers
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Clinic, User
from callbacks.models import EmergencyAnswer, RuleKind
from callbacks.queries.colleagues import colleagues
from callbacks.queries.words import LANGUAGES
from callbacks.references import parse_reference
from callbacks.requests import Relationship
from callbacks.services.contact_rules import RuleDraft
from callbacks.services.correcting import Correction
from callbacks.services.deferring import SkipReason
from callbacks.services.needs import Needs
from callbacks.states import ClosedReason
from callbacks.web.forms import OUTDATED_WORDS, ActForm, SentenceForm, clinic_instant

WORDS_LENGTH = 280
NO_SUCH_CALLBACK = _("Give the reference of the caller's other open callback, such as CB-1042.")
TOO_LONG = _("Keep it under 280 characters.")


class UndoForm(SentenceForm):
    """Which act is taken back, by its command id."""

    undone = forms.UUIDField(error_messages=OUTDATED_WORDS)
    command_id = forms.UUIDField(error_messages=OUTDATED_WORDS)


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


class ReasonForm(ActForm):
    """Why, in a few words; kept encrypted."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why in a few words, then try again."), "max_length": TOO_LONG},
    )


class ReasonOnlyForm(SentenceForm):
    """A reason for what is about no single callback."""

    reason = forms.CharField(
        max_length=WORDS_LENGTH,
        error_messages={"required": _("Say why in a few words, then try again."), "max_length": TOO_LONG},
    )


class ReassignForm(ReasonForm):
    """To whom, and why."""

    to = ColleagueField(
        label=_("Give it to"),
        queryset=User.objects.none(),
        error_messages={
            "required": _("Choose a colleague."),
            "invalid_choice": _("Choose somebody who works with this clinic's callers."),
        },
    )
    field_order = ("to", "reason")

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = _("Say why you give it away, then try again.")
        self.fields["to"].queryset = colleagues(clinic)  # type: ignore[attr-defined]  # declared above as a choice of rows


class EscalateForm(ActForm):
    """What the caller said, in the caller's words; sealed, for clinical roles."""

    words = forms.CharField(
        label=_("What the caller said (optional)"),
        required=False,
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": TOO_LONG},
    )


class ConcernForm(EscalateForm):
    """As above, with what the caller answered to the question about 911."""

    emergency = forms.ChoiceField(
        choices=[(answer.value, answer.value) for answer in EmergencyAnswer],
        error_messages={
            "required": _("Say what the caller answered about 911."),
            "invalid_choice": _("Choose one of the answers about 911."),
        },
    )

    @property
    def emergency_answer(self) -> EmergencyAnswer:
        return EmergencyAnswer(self.cleaned_data["emergency"])


class SkipForm(ActForm):
    """Why somebody passes a caller on: a closed list."""

    why = forms.ChoiceField(
        choices=[(reason.value, reason.value) for reason in SkipReason],
        error_messages={"required": _("Say why you skip it."), "invalid_choice": _("Choose one of the reasons.")},
    )


class TimeForm(ActForm):
    """A day and time on the clinic's wall; `at` is the instant."""

    at = forms.CharField(
        max_length=16,
        error_messages={"required": _("Give a day and a time."), "max_length": _("Give a day and a time.")},
    )

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        self.zone: ZoneInfo = clinic.zone
        super().__init__(*args, **kwargs)

    def clean_at(self) -> datetime:
        return clinic_instant(self.cleaned_data["at"], self.zone, otherwise=_("Give a day and a time."))


class CloseForm(ActForm):
    """How a callback ended without a call of ours."""

    why = forms.ChoiceField(
        choices=[(reason.value, reason.value) for reason in ClosedReason],
        error_messages={"required": _("Say why it is closed."), "invalid_choice": _("Choose one of the reasons.")},
    )

    @property
    def closed_reason(self) -> ClosedReason:
        return ClosedReason(self.cleaned_data["why"])


class CorrectForm(ActForm):
    """A name or a number as it should have been heard."""

    first_name = forms.CharField(
        required=False, max_length=60, error_messages={"max_length": _("That name is too long.")}
    )
    phone = forms.CharField(
        required=False, max_length=40, error_messages={"max_length": _("That is not a valid number.")}
    )

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        self.region: str = clinic.region
        super().__init__(*args, **kwargs)

    def clean_phone(self) -> str:
        return dialable(self.cleaned_data["phone"], self.region)

    def correction(self) -> Correction:
        return Correction(first_name=self.cleaned_data["first_name"], phone=self.cleaned_data["phone"])


class MergeForm(ActForm):
    """Which callback the duplicate goes into, as people say it: CB-1042."""

    into = forms.CharField(
        max_length=24, error_messages={"required": NO_SUCH_CALLBACK, "max_length": NO_SUCH_CALLBACK}
    )

    def clean_into(self) -> int:
        number = parse_reference(self.cleaned_data["into"])
        if number is None:
            raise forms.ValidationError(NO_SUCH_CALLBACK)
        return number


class NeedsForm(ActForm):
    """Whom to call and what the call needs; an empty name or language leaves the present one."""

    relationship = forms.ChoiceField(
        choices=[(relationship.value, relationship.value) for relationship in Relationship],
        error_messages={"required": _("Choose whom to call."), "invalid_choice": _("Choose whom to call.")},
    )
    person_to_call = forms.CharField(
        required=False, max_length=60, error_messages={"max_length": _("That name is too long.")}
    )
    language = forms.ChoiceField(
        required=False,
        choices=[("", ""), *((tag, tag) for tag in LANGUAGES)],
        error_messages={"invalid_choice": _("Choose one of the languages.")},
    )
    interpreter_required = forms.BooleanField(required=False)
    teen_confidential = forms.BooleanField(required=False)

    def needs(self) -> Needs:
        data = self.cleaned_data
        return Needs(
            relationship=Relationship(data["relationship"]),
            person_to_call=data["person_to_call"],
            language=data["language"],
            interpreter_required=data["interpreter_required"],
            teen_confidential=data["teen_confidential"],
        )


class RuleForm(SentenceForm):
    """A caller's wish about being called."""

    kind = forms.ChoiceField(
        choices=[(kind.value, kind.value) for kind in RuleKind],
        error_messages={"required": _("Choose what the caller asked for."), "invalid_choice": _("Choose a wish.")},
    )
    alt_number = forms.CharField(required=False, max_length=40)
    only_from = forms.TimeField(required=False, error_messages={"invalid": _("Give the hours as times of day.")})
    only_to = forms.TimeField(required=False, error_messages={"invalid": _("Give the hours as times of day.")})

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        self.region: str = clinic.region
        super().__init__(*args, **kwargs)

    def clean_alt_number(self) -> str:
        return dialable(self.cleaned_data["alt_number"], self.region)

    @property
    def rule_kind(self) -> RuleKind:
        return RuleKind(self.cleaned_data["kind"])

    def draft(self) -> RuleDraft:
        """The wish; what belongs to another kind of wish is left out."""
        is_hours, is_number = self.rule_kind is RuleKind.ONLY_HOURS, self.rule_kind is RuleKind.ALTERNATIVE_NUMBER
        begins, ends = (
            time.hour * 60 + time.minute if time is not None and is_hours else None
            for time in (self.cleaned_data["only_from"], self.cleaned_data["only_to"])
        )
        return RuleDraft(
            kind=self.rule_kind,
            alt_number=self.cleaned_data["alt_number"] if is_number else "",
            only_from=begins,
            only_to=ends,
        )


def dialable(text: str, region: str) -> str:
    """The number in E.164, "" for nothing. Raises ValidationError for what is no valid number of the region."""
    if not text:
        return ""
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_valid_number(parsed) or parsed.extension:
        raise forms.ValidationError(_("That is not a valid number."))
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def row_command(command_id: UUID, callback_id: UUID) -> UUID:
    """The command id of one row of a form about many: the same form acts once on each row."""
    return uuid5(command_id, callback_id.hex)
