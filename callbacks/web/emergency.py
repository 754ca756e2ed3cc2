"""Callbacks' pages for emergency access: asking for it, one callback seen through it, and its end."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.emergency import access_emergency, end_emergency, open_emergency
from accounts.guards import proved_recently, requires, signed_in
from accounts.models import EmergencyReason
from accounts.models.emergency import WORDS_LENGTH
from accounts.providers import holds_patient_data
from accounts.roles import BREAK_GLASS
from accounts.services.emergency import EmergencyOpenRefusal
from audit.events import EMERGENCY_ENDED, EMERGENCY_PAGE_VIEWED, EMERGENCY_VIEWED
from audit.policy import audited
from callbacks.access import CALLBACK_ROWS, access_for_emergency
from callbacks.queries.emergency import build_emergency_view
from callbacks.references import parse_reference
from callbacks.services.emergency import alert_officers
from callbacks.web.forms import SentenceForm
from lib import clock

SHORTEST_WORDS = 20
SAY_MORE = gettext_lazy("Say in a sentence why it cannot wait: at least 20 characters. The officer reads it.")


class EmergencyForm(SentenceForm):
    """Which callback and why. `reference` becomes its number."""

    reference = forms.CharField(
        label=gettext_lazy("Callback"),
        max_length=20,
        error_messages={"required": gettext_lazy("Give the callback's reference, such as CB-1042.")},
        widget=forms.TextInput(
            attrs={"placeholder": "CB-1042", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=EmergencyReason.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a reason."),
            "invalid_choice": gettext_lazy("Choose one of the reasons on the page."),
        },
    )
    words = forms.CharField(
        label=gettext_lazy("Why it cannot wait"),
        min_length=SHORTEST_WORDS,
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "aria-describedby": "words-rule"}),
        error_messages={"required": SAY_MORE, "min_length": SAY_MORE},
    )

    def clean_reference(self) -> int:
        number = parse_reference(self.cleaned_data["reference"])
        if number is None:
            raise ValidationError(_("Give the callback's reference, such as CB-1042."))
        return number

    def clean_words(self) -> str:
        words: str = self.cleaned_data["words"]
        if holds_patient_data(words):
            raise ValidationError(_("Leave out illnesses, medicines, dates of birth, addresses and ids."))
        return words


@audited(EMERGENCY_PAGE_VIEWED)
@requires(BREAK_GLASS)
@proved_recently
@require_http_methods(["GET", "POST"])
def emergency(request: HttpRequest) -> HttpResponse:
    """Ask for emergency access to one callback of one's own clinic; given at once, with an alarm for the officer."""
    user = signed_in(request)
    form = EmergencyForm(request.POST or None, initial={"reference": str(request.GET.get("reference", ""))[:20]})
    if request.method == "GET":
        return _form(request, form)
    if not form.is_valid():
        return _form(request, form, error=form.first_sentence, status=422)
    callback = access_for_emergency(user=user, number=form.cleaned_data["reference"])
    try:
        with transaction.atomic():
            box = open_emergency(
                request,
                user,
                clinic_id=callback.clinic_id,
                callback=callback.audit_object,
                caller=callback.audit_subject,
                reference=callback.ref,
                reason=EmergencyReason(form.cleaned_data["reason"]),
                words=form.cleaned_data["words"],
            )
            alert_officers(callback, box)
    except EmergencyOpenRefusal as refusal:
        return _form(request, form, error=refusal.sentence, status=refusal.status)
    return redirect("callbacks:emergency-record", emergency_id=box.pk)


@audited(EMERGENCY_VIEWED)
@requires(BREAK_GLASS)
@require_GET
def record(request: HttpRequest, emergency_id: UUID) -> HttpResponse:
    """The callback, as long as the access is open in this session. Nothing can be done to it here."""
    box = access_emergency(request, signed_in(request), emergency_id)
    callback = CALLBACK_ROWS.get(pk=box.callback_id)
    context = {"section": "emergency", "seen": build_emergency_view(callback, clock.now())}
    return render(request, "callbacks/emergency_record.html", context)


@audited(EMERGENCY_ENDED)
@requires(BREAK_GLASS)
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """End what one has open. Nothing open: nothing to end."""
    end_emergency(request, signed_in(request))
    messages.success(request, _("Your emergency access is over."))
    return redirect("accounts:home")


def _form(request: HttpRequest, form: EmergencyForm, *, error: str = "", status: int = 200) -> HttpResponse:
    context = {"section": "emergency", "form": form, "error": error, "most_words": WORDS_LENGTH}
    return render(request, "callbacks/emergency.html", context, status=status)
