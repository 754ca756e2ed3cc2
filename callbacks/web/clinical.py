"""Callbacks' clinical pages: a concern is raised by anyone, and taken, resolved or returned by the clinical team."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.guards import requires
from accounts.models import User
from accounts.roles import WORK_CALLBACKS
from audit.events import CONCERN_ACCEPTED, CONCERN_RAISED, CONCERN_RESOLVED, CONCERN_RETURNED
from audit.policy import audited
from callbacks.models import Callback
from callbacks.services.escalating import accept_concern, escalate_callback, resolve_concern, return_concern
from callbacks.web.act_forms import ConcernForm, ReasonForm
from callbacks.web.answering import carry_out, plainly
from callbacks.web.forms import ActForm


@audited(CONCERN_RAISED)
@requires(WORK_CALLBACKS)
@require_POST
def concern(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Pass the callback to the clinical team, with what was said about 911 and the caller's words."""

    def act(callback: Callback, form: ConcernForm, user: User) -> Callback:
        return escalate_callback(
            callback,
            acting_user=user,
            words=form.cleaned_data["words"],
            emergency=form.emergency_answer,
            **form.known(),
        )

    done = _("%(ref)s is with the clinical team now. Stay on the line until somebody takes it.")
    return carry_out(request, public_id, plainly(ConcernForm), act, done=done, stays=True, opened="concern")


@audited(CONCERN_ACCEPTED)
@requires(WORK_CALLBACKS)
@require_POST
def accept(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The nurse takes it."""

    def act(callback: Callback, form: ActForm, user: User) -> Callback:
        return accept_concern(callback, acting_user=user, **form.known())

    return carry_out(request, public_id, plainly(ActForm), act, done=_("%(ref)s is yours now."), stays=True)


@audited(CONCERN_RESOLVED)
@requires(WORK_CALLBACKS)
@require_POST
def resolve(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The nurse settled it."""

    def act(callback: Callback, form: ReasonForm, user: User) -> Callback:
        return resolve_concern(callback, reason=form.cleaned_data["reason"], acting_user=user, **form.known())

    done = _("%(ref)s is resolved.")
    return carry_out(request, public_id, plainly(ReasonForm), act, done=done, opened="resolve")


@audited(CONCERN_RETURNED)
@requires(WORK_CALLBACKS)
@require_POST
def return_to_desk(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The nurse gives it back to the front desk."""

    def act(callback: Callback, form: ReasonForm, user: User) -> Callback:
        return return_concern(callback, reason=form.cleaned_data["reason"], acting_user=user, **form.known())

    done = _("%(ref)s is back with the front desk.")
    return carry_out(request, public_id, plainly(ReasonForm), act, done=done, opened="return")
