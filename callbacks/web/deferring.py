"""Callbacks' pages of not now: skip, snooze, an agreed time."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.guards import requires
from accounts.models import User
from accounts.roles import WORK_CALLBACKS
from audit.events import CALLBACK_SKIPPED, CALLBACK_SNOOZED, CALLBACK_TIME_AGREED
from audit.policy import audited
from callbacks.models import Callback
from callbacks.services.deferring import SkipReason, agree_time, skip_callback, snooze_callback
from callbacks.web.act_forms import SkipForm, TimeForm
from callbacks.web.answering import carry_out, of_clinic, plainly


@audited(CALLBACK_SKIPPED)
@requires(WORK_CALLBACKS)
@require_POST
def skip(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Pass the caller on for a quarter of an hour."""

    def act(callback: Callback, form: SkipForm, user: User) -> Callback:
        return skip_callback(callback, SkipReason(form.cleaned_data["why"]), acting_user=user, **form.known())

    done = _("%(ref)s rests for 15 minutes, then comes last in its group.")
    return carry_out(request, public_id, plainly(SkipForm), act, done=done, opened="skip")


@audited(CALLBACK_SNOOZED)
@requires(WORK_CALLBACKS)
@require_POST
def snooze(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Put the caller off until a time on the clinic's wall."""

    def act(callback: Callback, form: TimeForm, user: User) -> Callback:
        return snooze_callback(callback, form.cleaned_data["at"], acting_user=user, **form.known())

    done = _("%(ref)s waits until then.")
    return carry_out(request, public_id, of_clinic(TimeForm), act, done=done, opened="snooze")


@audited(CALLBACK_TIME_AGREED)
@requires(WORK_CALLBACKS)
@require_POST
def agree(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Note the time the caller asked for."""

    def act(callback: Callback, form: TimeForm, user: User) -> Callback:
        return agree_time(callback, form.cleaned_data["at"], acting_user=user, **form.known())

    done = _("%(ref)s is yours at the agreed time; ten minutes after it, everybody's.")
    return carry_out(request, public_id, of_clinic(TimeForm), act, done=done, opened="agree")
