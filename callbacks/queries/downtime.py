"""Callbacks' downtime sheet: what a desk without its computers needs to keep the day's promises, opened for paper."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Clinic
from audit.events import DOWNTIME_CALLER_PRINTED
from callbacks.models import Callback
from callbacks.queries.contact_rules import ContactRules, rules_of
from callbacks.queries.numbers import readable_number
from callbacks.queries.ready import QUEUE_ORDER
from callbacks.queries.rows import appointment_label, when
from callbacks.queries.words import RELATIONSHIPS, WINDOWS, language_name
from callbacks.requests import PreferredWindow, Relationship
from callbacks.states import CallbackFlag, Status, is_for_supervisor
from vault.reveal import reveal

AHEAD = timedelta(hours=24)
# What a desk can call in a day; more paper is more to lose.
MOST_ROWS = 100


@dataclass(frozen=True)
class SheetRow:
    """One caller on paper. `number` and `first_name` are empty where nobody at the desk may ring."""

    ref: str
    due: str
    first_name: str = field(repr=False)
    number: str = field(repr=False)
    wants: str
    notes: list[str] = field(repr=False)


@dataclass(frozen=True)
class Sheet:
    """Rows in calling order; `left_off` callers did not fit and wait in the queue."""

    rows: list[SheetRow]
    left_off: int


def downtime_callbacks(clinic: Clinic, now: datetime) -> QuerySet[Callback]:
    """What may be called in the next 24 hours, in calling order."""
    soon = Q(not_before__isnull=True) | Q(not_before__lte=now + AHEAD)
    rows = Callback.objects.filter(soon, clinic=clinic).exclude(status=Status.CLOSED)
    return rows.select_related("clinic", "caller").order_by(*QUEUE_ORDER)


def build_sheet(clinic: Clinic, *, now: datetime) -> Sheet:
    """Open name and number of each caller whom the desk may ring; every opened field is recorded caller by caller.

    Of who asked not to be called, and of what is for a supervisor or the clinical team, nothing is opened.
    """
    waiting = downtime_callbacks(clinic, now)
    found = list(waiting[:MOST_ROWS])
    left_off = max(waiting.count() - len(found), 0)
    return Sheet(rows=[_row(callback, now) for callback in found], left_off=left_off)


def _row(callback: Callback, now: datetime) -> SheetRow:
    rules = rules_of(callback, now)
    reason = _kept_off(callback, rules)
    first_name, number, person = ("", "", "") if reason else _open(callback, rules)
    return SheetRow(
        ref=callback.ref,
        due=when(callback.due_at, callback, now) if callback.due_at else _("no calling time in sight"),
        first_name=first_name,
        number=number,
        wants=f"{appointment_label(callback)}, {WINDOWS[PreferredWindow(callback.preferred_window)]}",
        notes=[reason] if reason else list(_notes(callback, rules, person, now)),
    )


def _kept_off(callback: Callback, rules: ContactRules) -> str:
    """Why nobody at the desk may ring, "" where they may."""
    if rules.do_not_call:
        return _("Asked not to be called.")
    if is_for_supervisor(callback.status, callback.flags):
        return _("Ask a supervisor.")
    if callback.status == Status.ESCALATED:
        return _("With the clinical team.")
    return ""


def _open(callback: Callback, rules: ContactRules) -> tuple[str, str, str]:
    first_name, person = reveal(callback, "first_name", "person_to_call", tag=DOWNTIME_CALLER_PRINTED)
    # The number the caller asked for instead, if there is one, and then not the other.
    number = (
        reveal(rules.alternative, "alt_number", tag=DOWNTIME_CALLER_PRINTED)[0]
        if rules.alternative is not None
        else reveal(callback, "phone", tag=DOWNTIME_CALLER_PRINTED)[0]
    )
    return first_name or _("not known"), readable_number(number) if number else _("no number"), person or ""


def _notes(callback: Callback, rules: ContactRules, person: str, now: datetime) -> Sequence[str]:
    told = []
    if callback.status == Status.NEEDS_REVIEW:
        told.append(_("Name or number may be misheard."))
    if callback.not_before is not None and callback.not_before > now:
        told.append(_("Not before %(when)s.") % {"when": when(callback.not_before, callback, now)})
    if rules.only_hours is not None:
        told.append(_("Only %(hours)s.") % {"hours": rules.hours_text})
    if rules.no_voicemail:
        told.append(_("No voicemail."))
    if callback.interpreter_required:
        language = language_name(callback.language) if callback.language else _("language not known")
        told.append(_("Interpreter first: %(language)s.") % {"language": language})
    if callback.is_for_proxy:
        whom = str(RELATIONSHIPS[Relationship(callback.relationship)])
        told.append(_("Speak with %(whom)s%(person)s.") % {"whom": whom, "person": f": {person}" if person else ""})
    if CallbackFlag.TEEN_CONFIDENTIAL in callback.flags:
        told.append(_("Confidential: the caller alone."))
    return told
