"""Accounts' forms of the pages of people: who is made, which role is given, and from when to when."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Clinic, Membership, Role, User

WALL = "%Y-%m-%dT%H:%M"


class MomentField(forms.DateTimeField):
    """A minute on the clinic's wall, as the browser's own field sends it; empty means now, or for good."""

    def __init__(self, **given: Any) -> None:
        super().__init__(
            required=False,
            input_formats=[WALL],
            error_messages={"invalid": _("Give the day and the time of day.")},
            **given,
        )


class TimedForm(forms.Form):
    """Times of this form are read on the clinic's wall; one that the clocks skip is refused."""

    def __init__(self, *given: Any, zone: str, **named: Any) -> None:
        super().__init__(*given, **named)
        self.zone = ZoneInfo(zone)

    def full_clean(self) -> None:
        with timezone.override(self.zone):
            super().full_clean()

    @property
    def sentence(self) -> str:
        """What is wrong, in a sentence: one at a time, as it is shown above the page."""
        return str(next(iter(self.errors.values()))[0])


class GiveForm(TimedForm):
    role = forms.ChoiceField(
        choices=Role.choices,
        error_messages={"required": _("Choose a role."), "invalid_choice": _("Choose a role.")},
    )
    starts_at = MomentField()
    ends_at = MomentField()


class ChangeForm(TimedForm):
    role = forms.ChoiceField(
        choices=Role.choices,
        error_messages={"required": _("Choose a role."), "invalid_choice": _("Choose a role.")},
    )
    at = MomentField()


class EndForm(TimedForm):
    at = MomentField()


class NewPersonForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Somebody new, with the role they begin with; without a password, which only they will know."""

    role = forms.ChoiceField(choices=Role.choices, label=_("Role"))
    clinic = forms.ModelChoiceField(queryset=Clinic.objects.none(), label=_("Clinic"), empty_label=None)

    class Meta:
        model = User
        fields = ("display_name", "username", "email")
        labels = {"display_name": _("Name"), "username": _("User name"), "email": _("E-mail")}
        help_texts = {
            "display_name": _("What colleagues see beside a call they hold."),
            "username": _("What they sign in with; it stands in the trail for good."),
            "email": _("For notices; may stay empty."),
        }

    def __init__(self, *given: Any, clinics: list[Clinic], **named: Any) -> None:
        super().__init__(*given, **named)
        chosen = self.fields["clinic"]
        if isinstance(chosen, forms.ModelChoiceField):
            chosen.queryset = Clinic.objects.filter(pk__in=[clinic.pk for clinic in clinics]).order_by("name")

    def clean_username(self) -> str:
        """Whatever its case: people type their names either way."""
        username = str(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("Somebody has this user name; choose another."))
        return username


def chosen_clinic(typed: str, clinics: list[Clinic]) -> Clinic | None:
    """One of these clinics by its id; None for any other text."""
    return next((clinic for clinic in clinics if str(clinic.pk) == typed), None)


def chosen_membership(typed: str, person: User, clinics: list[Clinic]) -> Membership | None:
    """One of the person's memberships in these clinics by its id; None for any other text."""
    try:
        wanted = UUID(typed)
    except ValueError:
        return None
    held = Membership.objects.select_related("user", "clinic").filter(user=person, clinic__in=clinics)
    return held.filter(pk=wanted).first()
