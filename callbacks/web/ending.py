"""Callbacks' pages of endings without a call, and of second thoughts."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.guards import requires
from accounts.models import User
from accounts.roles import WORK_CALLBACKS
from audit.events import CALLBACK_CLOSED, CALLBACK_REOPENED, CHANGE_UNDONE
from audit.policy import audited
from callbacks.models import Callback
from callbacks.services.closing import close_callback, reopen_callback
from callbacks.services.undoing import undo_change
from callbacks.web.act_forms import CloseForm, UndoForm
from callbacks.web.answering import carry_out, plainly
from callbacks.web.forms import ActForm


@audited(CALLBACK_CLOSED)
@requires(WORK_CALLBACKS)
@require_POST
def close(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The caller cancelled, or was helped elsewhere."""

    def act(callback: Callback, form: CloseForm, user: User) -> Callback:
        return close_callback(callback, form.closed_reason, acting_user=user, **form.known())

    return carry_out(request, public_id, plainly(CloseForm), act, done=_("%(ref)s is closed."))


@audited(CHANGE_UNDONE)
@requires(WORK_CALLBACKS)
@require_POST
def undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take the last act back, and be back on its page."""

    def act(callback: Callback, form: UndoForm, user: User) -> Callback:
        return undo_change(callback, acting_user=user, **form.cleaned_data)

    return carry_out(request, public_id, plainly(UndoForm), act, done=_("%(ref)s: taken back."), stays=True)


@audited(CALLBACK_REOPENED)
@requires(WORK_CALLBACKS)
@require_POST
def reopen(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A supervisor opens it again; where the caller waits already, that callback's page follows."""

    def act(callback: Callback, form: ActForm, user: User) -> Callback:
        return reopen_callback(callback, acting_user=user, **form.known())

    return carry_out(request, public_id, plainly(ActForm), act, done=_("%(ref)s is open again."), stays=True)
