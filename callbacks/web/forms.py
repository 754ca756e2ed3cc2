"""Callbacks' forms: what a page may send, named field by field."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Clinic
from callbacks.queries.words import OUTCOME_GROUPS
from callbacks.scheduling.ladder import Outcome
from callbacks.scripts.checks import AUTHORITY, IdentityCheck
from callbacks.services.attempts import AttemptDraft
from callbacks.services.reviewing import ReviewDecision
from lib import clock

NOTE_LENGTH = 500
# A mistyped year must not hide a caller for ever.
LONGEST_WAIT = timedelta(days=90)
OUTDATED = _("This page is outdated. Reload it and save again.")
OUTDATED_WORDS = {"required": OUTDATED, "invalid": OUTDATED, "min_value": OUTDATED}


class SentenceForm(forms.Form):
    """A form whose first error is one sentence for the top of the page."""

    @property
    def first_sentence(self) -> str:
        return next((str(errors[0]) for errors in self.errors.values()), "")


def typed_in(form: forms.Form | None, *names: str) -> dict[str, str]:
    """What a refused form held, as it was typed, for the page that shows it again; "" for each without one."""
    return {name: str(form.data.get(name, "")) if form is not None else "" for name in names}


class ActForm(SentenceForm):
    """What every act's form carries; `command_id` makes sending it twice harmless."""

    command_id = forms.UUIDField(widget=forms.HiddenInput, error_messages=OUTDATED_WORDS)
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput, error_messages=OUTDATED_WORDS)

    def known(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("command_id", "version")}


def clinic_instant(text: str, zone: ZoneInfo, *, otherwise: Any) -> datetime:
    """The instant (UTC) of a day and time as a browser sends them, on the clinic's wall. Raises ValidationError with
    the sentence `otherwise`.
    """
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise forms.ValidationError(otherwise) from None


class OutcomeForm(ActForm):
    """How a call ended. `agreed_at` is typed in the clinic's own time; `command_id` makes sending twice harmless."""

    outcome = forms.ChoiceField(
        choices=[(outcome.value, outcome.value) for _title, offered in OUTCOME_GROUPS for outcome, _key in offered],
        error_messages={
            "required": _("Choose how the call ended, then save."),
            "invalid_choice": _("Choose one of the outcomes on the page."),
        },
    )
    note = forms.CharField(
        required=False,
        max_length=NOTE_LENGTH,
        error_messages={"max_length": _("Keep the note under 500 characters.")},
    )
    verified_by = forms.MultipleChoiceField(
        required=False,
        choices=[(check, check) for check in (*(check.value for check in IdentityCheck), AUTHORITY)],
        error_messages=OUTDATED_WORDS | {"invalid_choice": OUTDATED, "invalid_list": OUTDATED},
    )
    possible_disclosure = forms.BooleanField(required=False)
    agreed_at = forms.CharField(
        required=False, max_length=16, error_messages={"max_length": _("Give the agreed time as day and time.")}
    )

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        self.zone: ZoneInfo = clinic.zone
        super().__init__(*args, **kwargs)

    def clean_agreed_at(self) -> datetime | None:
        text: str = self.cleaned_data["agreed_at"]
        if not text or self.cleaned_data.get("outcome") != Outcome.AGREED_TIME:
            return None
        agreed_at = clinic_instant(text, self.zone, otherwise=_("Give the agreed time as day and time."))
        if agreed_at > clock.now() + LONGEST_WAIT:
            raise forms.ValidationError(_("That is more than 90 days away; agree on an earlier time."))
        return agreed_at

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        is_verified = set(cleaned.get("verified_by", ())) >= set(IdentityCheck)
        if is_verified and cleaned.get("outcome") == Outcome.IDENTITY_NOT_CONFIRMED:
            raise forms.ValidationError(
                _("You said that name and date of birth fit. Take that back, or choose again.")
            )
        return cleaned

    def draft(self) -> AttemptDraft:
        data = self.cleaned_data
        return AttemptDraft(
            command_id=data["command_id"],
            version=data["version"],
            outcome=Outcome(data["outcome"]),
            note=data["note"].strip(),
            agreed_at=data["agreed_at"],
            verified_by=tuple(dict.fromkeys(data["verified_by"])),
            is_possible_disclosure=data["possible_disclosure"],
        )


class ReviewForm(ActForm):
    """What the reviewer decided."""

    decision = forms.ChoiceField(
        choices=[(decision.value, decision.value) for decision in ReviewDecision],
        error_messages={
            "required": _("Choose what becomes of this callback."),
            "invalid_choice": _("Choose one of those on the page."),
        },
    )

    @property
    def review_decision(self) -> ReviewDecision:
        return ReviewDecision(self.cleaned_data["decision"])
