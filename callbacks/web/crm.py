"""Callbacks' CRM page: how the clinic's targets fare, what they refuse, and what a supervisor does about it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import requires, signed_in, working_clinic
from accounts.roles import SUPERVISE_CALLBACKS
from audit.events import (
    CRM_COMPARISON_WANTED,
    CRM_IGNORED,
    CRM_LETTERS_VIEWED,
    CRM_RETRIED,
    CRM_TARGET_CHECKED,
    CRM_TARGET_RESUMED,
)
from audit.policy import audited
from audit.recording import record_event
from callbacks.crm import letters
from callbacks.models import IgnoreReason
from callbacks.queries.crm import dead_letters, target_rows
from lib import clock


@audited(CRM_LETTERS_VIEWED)
@requires(SUPERVISE_CALLBACKS)
@require_GET
def crm(request: HttpRequest) -> HttpResponse:
    """The targets of the clinic one supervises, and its dead letters; nothing of a caller but references."""
    clinic, now = working_clinic(request, SUPERVISE_CALLBACKS), clock.now()
    rows = dead_letters(clinic, now)
    record_event(CRM_LETTERS_VIEWED, clinic_id=clinic.pk, rows_count=len(rows))
    context = {
        "section": "crm",
        "targets": target_rows(clinic, now),
        "letters": rows,
        "reasons": IgnoreReason.choices,
        "zone_name": clinic.time_zone,
    }
    return render(request, "callbacks/crm.html", context)


@audited(CRM_TARGET_CHECKED)
@requires(SUPERVISE_CALLBACKS)
@require_POST
def check(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """Have a target tested by a worker."""
    letters.want_check(letters.access_target(user=signed_in(request), target_id=target_id))
    messages.success(request, _("It is being tested. Reload in a few seconds to see what it said."))
    return redirect("callbacks:crm")


@audited(CRM_COMPARISON_WANTED)
@requires(SUPERVISE_CALLBACKS)
@require_POST
def compare(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """Have a target compared with the desk by a worker."""
    try:
        letters.want_comparison(letters.access_target(user=signed_in(request), target_id=target_id))
    except letters.NothingToCompareRefusal as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, _("It is being compared. Reload in a minute to see what differs."))
    return redirect("callbacks:crm")


@audited(CRM_TARGET_RESUMED)
@requires(SUPERVISE_CALLBACKS)
@require_POST
def resume(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """Let a target be sent to again."""
    letters.resume_target(letters.access_target(user=signed_in(request), target_id=target_id))
    messages.success(request, _("Sending goes on."))
    return redirect("callbacks:crm")


@audited(CRM_RETRIED)
@requires(SUPERVISE_CALLBACKS)
@require_POST
def retry_all(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """Send all dead letters of a target again."""
    count = letters.retry_all(letters.access_target(user=signed_in(request), target_id=target_id))
    said = ngettext("%(n)s callback is sent again.", "%(n)s callbacks are sent again.", count)
    messages.success(request, said % {"n": count})
    return redirect("callbacks:crm")


@audited(CRM_RETRIED)
@requires(SUPERVISE_CALLBACKS)
@require_POST
def retry(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Send one dead letter again."""
    letter = letters.access_letter(user=signed_in(request), letter_id=letter_id)
    try:
        letters.retry_letter(letter)
    except letters.NoLetterRefusal as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, _("%(ref)s is sent again.") % {"ref": letter.callback.ref})
    return redirect("callbacks:crm")


@audited(CRM_IGNORED)
@requires(SUPERVISE_CALLBACKS)
@require_POST
def ignore(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Let one dead letter be, with a reason."""
    letter = letters.access_letter(user=signed_in(request), letter_id=letter_id)
    chosen = request.POST.get("ignore_reason", "")
    if chosen not in IgnoreReason.values:
        messages.warning(request, _("Choose why it may be let be, then save."))
        return redirect("callbacks:crm")
    try:
        letters.ignore_letter(letter, IgnoreReason(chosen))
    except letters.NoLetterRefusal as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, _("%(ref)s is let be until its next change.") % {"ref": letter.callback.ref})
    return redirect("callbacks:crm")
