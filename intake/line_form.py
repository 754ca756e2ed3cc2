"""Intake's line form: what an administrator says of a line; a secret goes in and never comes out."""

from typing import Any, ClassVar

import phonenumbers
from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import Clinic
from intake.models import Line
from intake.models.line import Proof
from intake.services.api_keys import ApiKeyRefusal, check_api_key
from intake.services.line_schemes import hmac_scheme_of
from intake.services.line_secrets import SecretRefusal, check_secret
from lib import clock

# What VAPI's ids look like: no spaces, so that nobody keeps a note there.
_ID = RegexValidator(r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z", _("An id of VAPI holds letters, digits and hyphens only."))

HMAC_OPTIONS = (
    "signature_header",
    "timestamp_header",
    "signature_prefix",
    "include_timestamp",
    "payload_format",
    "algorithm",
    "allow_sha1",
    "signature_encoding",
    "secret_is_base64",
)
VOICE_SIDE = ("assistant_id", "phone_number_id", "structured_output_ids", "staff_number")


class LineForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A line with its options; `new_secret` is written and never read back, whatever else is wrong in the form."""

    generate = forms.BooleanField(
        label=_("Generate a secret"), required=False, help_text=_("It is shown once, on the page after saving.")
    )
    new_secret = forms.CharField(
        label=_("Or set this secret"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("The one given to you by the sender. It is never shown again."),
    )
    older_ends_at = forms.SplitDateTimeField(
        label=_("The secret before ends at (UTC)"),
        required=False,
        widget=AdminSplitDateTime(),
        help_text=_("With a new secret, when the present one ends; empty: in seven days. Alone, when the older ends."),
    )
    new_api_key = forms.CharField(
        label=_("Set this private key of VAPI"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Calls whose report never came are fetched with it. It is never shown again."),
    )
    forget_api_key = forms.BooleanField(
        label=_("Forget the private key"), required=False, help_text=_("Nothing is fetched any more.")
    )
    retire = forms.BooleanField(
        label=_("Retire this line"), required=False, help_text=_("It takes nothing more. This cannot be undone.")
    )

    class Meta:
        model = Line
        fields: ClassVar = ("clinic", "name", "proof", *HMAC_OPTIONS, *VOICE_SIDE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("assistant_id", "phone_number_id"):
            if name in self.fields:
                self.fields[name].validators.append(_ID)
        # Declared fields take what is posted although the page does not show them.
        for name in self._not_asked():
            self.fields.pop(name, None)

    @property
    def changed_data(self) -> list[str]:
        """Names for the trail: the secret's own services record what became of it."""
        own = {"generate", "new_secret", "older_ends_at", "new_api_key", "forget_api_key"}
        return [name for name in super().changed_data if name not in own]

    def clean_structured_output_ids(self) -> list[str]:
        ids: list[str] = self.cleaned_data["structured_output_ids"]
        for found in ids:
            _ID(found)
        return ids

    def clean_staff_number(self) -> str:
        """E.164, as the voice side dials it; numbers without a prefix are of the clinic's country."""
        text = self.cleaned_data["staff_number"]
        if not text:
            return ""
        clinic = self.cleaned_data.get("clinic") or Clinic(region="US") if self._is_new else self.instance.clinic
        try:
            number = phonenumbers.parse(text, clinic.region)
        except phonenumbers.NumberParseException:
            raise ValidationError(_("This is no telephone number.")) from None
        if not phonenumbers.is_possible_number(number) or number.extension:
            raise ValidationError(_("This is no telephone number that can be dialled from abroad."))
        dialled: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return dialled

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.instance.is_default:
            self._check_options(cleaned)
            self._check_secret(cleaned)
            self._check_api_key(cleaned)
        return cleaned

    def _not_asked(self) -> tuple[str, ...]:
        if self.instance.is_default:
            return ("generate", "new_secret", "older_ends_at", "new_api_key", "forget_api_key", "retire")
        return ("older_ends_at", "forget_api_key", "retire") if self._is_new else ()

    @property
    def _is_new(self) -> bool:
        return bool(self.instance._state.adding)

    def _check_options(self, cleaned: dict[str, Any]) -> None:
        """Options that would prove too little are refused with the scheme's own sentence."""
        if cleaned.get("proof") != Proof.SIGNED or any(name in self.errors for name in HMAC_OPTIONS):
            return
        given = Line(**{name: cleaned[name] for name in HMAC_OPTIONS})
        try:
            scheme = hmac_scheme_of(given)
        except ValueError as problem:
            raise ValidationError(str(problem)) from None
        if scheme.signs_the_url and not settings.PUBLIC_URL:
            raise ValidationError(_("A signature over {url} needs the setting PUBLIC_URL: the desk's own address."))

    def _check_api_key(self, cleaned: dict[str, Any]) -> None:
        text = cleaned.get("new_api_key") or ""
        if text and cleaned.get("forget_api_key"):
            raise ValidationError(_("Either set a private key or forget it, not both."))
        if text:
            try:
                check_api_key(text)
            except ApiKeyRefusal as refusal:
                self.add_error("new_api_key", refusal.sentence)

    def _check_secret(self, cleaned: dict[str, Any]) -> None:
        is_base64 = cleaned.get("proof") == Proof.SIGNED and bool(cleaned.get("secret_is_base64"))
        text, generate = cleaned.get("new_secret") or "", cleaned.get("generate")
        if text and generate:
            raise ValidationError(_("Either generate a secret or set one, not both."))
        if text:
            try:
                check_secret(text, is_base64=is_base64)
            except SecretRefusal as refusal:
                self.add_error("new_secret", refusal.sentence)
        elif not generate and self._is_new:
            raise ValidationError(_("A line without a secret takes nothing: generate one, or set the sender's."))
        elif not generate and is_base64 is not self.instance.decodes_its_secret and not self._is_new:
            raise ValidationError(
                _("Whether the secret is base64 changes with the secret: set or generate a new one.")
            )
        ends_at = cleaned.get("older_ends_at")
        if ends_at is not None and not (text or generate):
            counting = self.instance.secrets.filter(not_after__gt=clock.now()) if not self._is_new else None
            if counting is None or not counting.exists():
                self.add_error("older_ends_at", _("This line has no older secret that still counts."))
