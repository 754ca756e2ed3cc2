"""Callbacks' notice pages: the list behind the bell, its count, and marking as read."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import requires, signed_in, working_clinic
from accounts.roles import VIEW_QUEUE
from audit.policy import not_audited
from callbacks.queries.noticed import notice_rows, unread_count
from callbacks.services.noticing import mark_read
from lib import clock
from lib.errors import NotFoundRefusal


@not_audited("Lists references and times of callbacks; a notice holds nothing of a caller.")
@requires(VIEW_QUEUE)
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """What needs this person in the clinic they work in."""
    user, clinic = signed_in(request), working_clinic(request, VIEW_QUEUE)
    rows = notice_rows(clinic, user=user, now=clock.now())
    unread = [row for row in rows if row.is_unread]
    return render(request, "callbacks/notices.html", {"rows": rows, "unread": unread, "section": "notices"})


@not_audited("Answers with a number for the bell; polls must not fill the trail, so they show no data.")
@requires(VIEW_QUEUE)
@require_GET
def count(request: HttpRequest) -> HttpResponse:
    """The number beside the bell."""
    clinic = working_clinic(request, VIEW_QUEUE)
    return render(request, "callbacks/_notice_count.html", {"count": unread_count(clinic, user=signed_in(request))})


@not_audited("Notes that a person has seen a notice: a reference and a time, nothing of a caller.")
@requires(VIEW_QUEUE)
@require_POST
def mark(request: HttpRequest) -> HttpResponse:
    """Mark the notices of the form as read by this person."""
    clinic = working_clinic(request, VIEW_QUEUE)
    try:
        ids = {UUID(text) for text in request.POST.getlist("notice")}
    except ValueError:
        raise NotFoundRefusal from None
    mark_read(ids, clinic=clinic, acting_user=signed_in(request))
    return redirect("callbacks:notices")
