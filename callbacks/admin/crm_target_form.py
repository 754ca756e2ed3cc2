"""Callbacks' CRM target form: where callbacks are kept as well, and what may leave; secrets go in and never come out."""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from callbacks.crm.attempts import ATTEMPT_FIELDS
from callbacks.crm.mapping import FIELD_WORDS
from callbacks.crm.payload_encryption import RecipientKeyError, read_recipient_key
from callbacks.crm.targets import attempts_target_for
from callbacks.models import CrmTarget

SECRETS = ("credential", "signing_secret")
SHORTEST_SIGNING_SECRET = 24
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class CrmTargetForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A target; `new_credential` and `new_signing_secret` are written and never read back, whatever else is wrong."""

    fields_sent = forms.MultipleChoiceField(
        label=_("What may leave"),
        choices=list(FIELD_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("The least that this system needs. Id and version always go along."),
    )
    new_credential = forms.CharField(
        label=_("Set this credential"),
        required=False,
        strip=False,
        max_length=2000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Bearer token; for Salesforce, client id and secret with a colon between. Never shown again."),
    )
    new_signing_secret = forms.CharField(
        label=_("Set this signing secret"),
        required=False,
        strip=False,
        min_length=SHORTEST_SIGNING_SECRET,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Signs bodies of signed JSON, at least 24 characters. Never shown again."),
    )

    class Meta:
        model = CrmTarget
        fields: ClassVar = ("clinic", "name", "kind", "address", "recipient_key", "sends_attempts", "is_enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fields_sent"].initial = self.instance.fields
        for name in (
            ("address", "new_credential", "new_signing_secret", "kind", "sends_attempts")
            if self.instance.is_default
            else ()
        ):
            self.fields.pop(name, None)

    @property
    def changed_data(self) -> list[str]:
        """Names for the trail: the secrets' own events say what became of them."""
        names = {"fields_sent": "fields"}
        own = {f"new_{name}" for name in SECRETS}
        return [names.get(name, name) for name in super().changed_data if name not in own]

    def clean_address(self) -> str:
        """An address that may be spoken to: https, or http on this very machine, on one of the hosts the operator named."""
        text: str = self.cleaned_data["address"].strip()
        try:
            parts = urlsplit(text)
            host, _port = parts.hostname or "", parts.port
        except ValueError:
            raise ValidationError(_("This is no address that can be read.")) from None
        if not host or parts.username is not None or parts.query or parts.fragment:
            raise ValidationError(_("An address is https://, a host and a path, with nothing else."))
        if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
            raise ValidationError(_("An address starts with https://; callers' data travels over it."))
        if host not in settings.OUTBOUND_HOSTS:
            raise ValidationError(
                _("This desk may not speak to that host; the setting RINGBACK_OUTBOUND_HOSTS says to which.")
            )
        return text

    def clean(self) -> dict[str, Any]:
        """Attempts only to a kind that keeps them, and only where what they tell may leave."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("sends_attempts"):
            kind = self.instance.kind if self.instance.pk and not self.instance._state.adding else given.get("kind")
            if kind and attempts_target_for(kind) is None:
                self.add_error("sends_attempts", _("Only FHIR servers keep attempts as objects of their own."))
            elif not set(ATTEMPT_FIELDS) <= set(given.get("fields_sent", ())):
                self.add_error(
                    "sends_attempts", _("Each attempt tells its outcome and time: tick both below as well.")
                )
        return given

    def clean_recipient_key(self) -> str:
        text: str = self.cleaned_data["recipient_key"].strip()
        if text:
            try:
                read_recipient_key(text)
            except RecipientKeyError:
                raise ValidationError(
                    _("This is no public key to encrypt to: PEM or JWK, RSA of 2048 bits or an elliptic curve.")
                ) from None
        return text
