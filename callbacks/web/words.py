"""Callbacks' sentences of the queue page: headline, tabs, and what an empty list means."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _, ngettext

from accounts.models import Clinic
from callbacks.calendars import clinic_calendar
from callbacks.queries.counts import COUNTED_TO, QueueCounts
from callbacks.queries.queue import QueueView
from callbacks.scheduling import wording
from callbacks.scheduling.hours import closes_at, next_opening

MOST_SHOWN = COUNTED_TO - 1


def headline(counts: QueueCounts) -> dict[str, str]:
    """`7 people are waiting for a call`, and the sentence that says how urgent that is."""
    waiting = counts.waiting_for_a_call
    line = ngettext("%(n)s person is waiting for a call", "%(n)s people are waiting for a call", waiting) % {
        "n": capped(waiting)
    }
    if waiting == 0:
        return {"headline": _("Nobody is waiting for a call"), "subline": _("New calls appear here by themselves.")}
    parts = []
    if counts.overdue:
        parts.append(ngettext("%(n)s is overdue", "%(n)s are overdue", counts.overdue) % {"n": capped(counts.overdue)})
    if counts.due_within_an_hour:
        parts.append(
            ngettext("%(n)s needs one within the hour", "%(n)s need one within the hour", counts.due_within_an_hour)
            % {"n": capped(counts.due_within_an_hour)}
        )
    if counts.unkeepable:
        parts.append(
            ngettext("%(n)s promise cannot be kept", "%(n)s promises cannot be kept", counts.unkeepable)
            % {"n": capped(counts.unkeepable)}
        )
    else:
        parts.append(_("all promises can still be kept") if not counts.overdue else "")
    return {"headline": line, "subline": " · ".join(part for part in parts if part)}


def tabs(counts: QueueCounts, *, current: QueueView) -> list[dict[str, Any]]:
    """The views with their counts; closed ones are not counted."""
    labels = {
        QueueView.NEXT: (_("Next up"), counts.next),
        QueueView.WAITING: (_("Waiting"), counts.waiting),
        QueueView.MINE: (_("Mine"), counts.mine),
        QueueView.REVIEW: (_("Review"), counts.review),
        QueueView.CLINICAL: (_("Clinical"), counts.clinical),
        QueueView.CLOSED: (_("Closed"), None),
    }
    return [
        {
            "key": view.value,
            "label": label,
            "count_text": "" if count is None else capped(count),
            "is_current": view is current,
            "url": f"{reverse('callbacks:queue')}?view={view.value}",
        }
        for view, (label, count) in labels.items()
    ]


def capped(count: int) -> str:
    """A count as pages say it: "999+" beyond that."""
    return f"{MOST_SHOWN}+" if count > MOST_SHOWN else str(count)


def empty_queue(
    clinic: Clinic, view: QueueView, counts: QueueCounts, now: datetime, *, is_filtered: bool
) -> dict[str, str]:
    """What an empty list means, and what to do next."""
    if is_filtered:
        return {"title": _("Nobody fits this filter"), "detail": _("Others may wait: “Show all” shows them.")}
    if view is QueueView.MINE:
        return {"title": _("You hold nothing"), "detail": _("Press “Call next” to get the next caller.")}
    if view is QueueView.REVIEW:
        return {"title": _("Nothing to review"), "detail": _("Reports that are incomplete or odd will stand here.")}
    if view is QueueView.CLINICAL:
        return {
            "title": _("No clinical concern is waiting"),
            "detail": _("What the front desk passes on stands here, with fifteen open minutes on its clock."),
        }
    if view is QueueView.CLOSED:
        return {"title": _("Nothing closed yet"), "detail": _("Finished callbacks stand here.")}
    if view is QueueView.WAITING:
        return {"title": _("Nobody waits for a later time"), "detail": _("Retries and agreed times stand here.")}
    if counts.waiting:
        return {"title": _("All caught up"), "detail": _("The others wait for their time; see “Waiting”.")}
    return {"title": _("All caught up"), "detail": opening_line(clinic, now)}


def opening_line(clinic: Clinic, now: datetime) -> str:
    """`Open until 17:00`, `Closed; opens Mon 08:00`, or that no hours are known."""
    calendar = clinic_calendar(clinic)
    closing = closes_at(calendar, now)
    if closing is not None:
        return _("Open until %(clock)s") % {"clock": wording.shortest_clock(closing, now, clinic.zone)}
    opening = next_opening(calendar, now)
    if opening is None:
        return _("Closed: no opening hours in the next 21 days")
    return _("Closed; opens %(when)s") % {"when": wording.day_and_clock(opening, now, clinic.zone)}
