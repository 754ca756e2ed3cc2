"""Callbacks' pages of changing hands: give to a colleague, take over, put a duplicate into the other callback."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.guards import requires
from accounts.models import User
from accounts.roles import WORK_CALLBACKS
from audit.events import CALLBACK_MERGED, CALLBACK_REASSIGNED, CALLBACK_TAKEN_OVER
from audit.policy import audited
from callbacks.models import Callback
from callbacks.services.claiming import take_over as take_over_callback
from callbacks.services.merging import NotTheSameCallerRefusal, merge_callback
from callbacks.services.reassigning import reassign_callback
from callbacks.web.act_forms import MergeForm, ReasonForm, ReassignForm
from callbacks.web.answering import carry_out, of_clinic, plainly


@audited(CALLBACK_REASSIGNED)
@requires(WORK_CALLBACKS)
@require_POST
def give(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give the callback to a colleague, with the reason."""

    def act(callback: Callback, form: ReassignForm, user: User) -> Callback:
        to, reason = form.cleaned_data["to"], form.cleaned_data["reason"]
        return reassign_callback(callback, to=to, reason=reason, acting_user=user, **form.known())

    done = _("%(ref)s is reserved for your colleague.")
    return carry_out(request, public_id, of_clinic(ReassignForm), act, done=done, opened="give")


@audited(CALLBACK_TAKEN_OVER)
@requires(WORK_CALLBACKS)
@require_POST
def take_over(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A supervisor takes the callback out of somebody's hands, with the reason."""

    def act(callback: Callback, form: ReasonForm, user: User) -> Callback:
        return take_over_callback(callback, reason=form.cleaned_data["reason"], acting_user=user, **form.known())

    done = _("%(ref)s is yours now.")
    return carry_out(request, public_id, plainly(ReasonForm), act, done=done, stays=True, opened="take-over")


@audited(CALLBACK_MERGED)
@requires(WORK_CALLBACKS)
@require_POST
def merge(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A supervisor puts a duplicate into the caller's other callback; that one's page follows."""

    def act(callback: Callback, form: MergeForm, user: User) -> Callback:
        other = Callback.objects.filter(number=form.cleaned_data["into"], clinic_id=callback.clinic_id).first()
        if other is None:
            raise NotTheSameCallerRefusal
        return merge_callback(callback, into=other, acting_user=user, **form.known())

    done = _("%(ref)s went into this one.")
    return carry_out(request, public_id, plainly(MergeForm), act, done=done, stays=True, opened="merge")
