"""Callbacks' timeline: what happened to one callback, newest first, as far as the person may read it."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from audit.events import CALLBACK_VIEWED
from callbacks.models import Attempt, Callback, Change
from callbacks.queries.changes import tell_change
from callbacks.queries.rows import when
from callbacks.queries.words import OUTCOMES
from callbacks.scheduling.ladder import Outcome
from callbacks.scripts.checks import IdentityCheck
from callbacks.states import CLOSED_REASON_WORDS, ClosedReason, Command
from vault.reveal import reveal

# Told by the attempt itself, or of no interest once the call is over.
TOLD_OTHERWISE = frozenset({Command.RECORD_OUTCOME, Command.RECORD_LATE_OUTCOME, Command.START_DIAL})


@dataclass(frozen=True)
class TimelineEntry:
    """One line: what, when and by whom. `note` is what somebody wrote, opened for the holder alone."""

    title: str
    detail: str
    note: str = field(default="", repr=False)


def build_timeline(callback: Callback, now: datetime, *, with_notes: bool) -> list[TimelineEntry]:
    """Attempts, skips, repeats and hand-overs, newest first, and the promise as the last line. Every note that is
    opened is recorded.
    """
    told = [
        *((attempt.recorded_at, 1, _attempt_entry(attempt, now, with_notes)) for attempt in _attempts(callback)),
        *((change.made_at, 0, _change_entry(change, now, with_notes)) for change in _changes(callback)),
    ]
    entries = [entry for _at, _rank, entry in sorted(told, key=lambda line: line[:2], reverse=True)]
    earlier = callback.again_after
    if earlier is not None and earlier.closed_at is not None:
        reason = CLOSED_REASON_WORDS[ClosedReason(earlier.closed_reason)]
        entries.append(
            TimelineEntry(
                _("Rang again after %(ref)s was closed: %(reason)s") % {"ref": earlier.ref, "reason": reason},
                when(earlier.closed_at, callback, now),
            )
        )
    entries.append(
        TimelineEntry(
            _("Promise made: %(when)s") % {"when": when(callback.promised_by, callback, now)},
            _("%(when)s · voice assistant") % {"when": when(callback.received_at, callback, now)},
        )
    )
    return entries


def _attempts(callback: Callback) -> list[Attempt]:
    attempts = list(callback.attempts.select_related("staff").order_by("-seq"))
    for attempt in attempts:
        attempt.callback = callback
    return attempts


def _changes(callback: Callback) -> list[Change]:
    changes = callback.changes.exclude(command__in=TOLD_OTHERWISE).select_related("staff", "person")
    found = list(changes.order_by("-made_at", "-pk"))
    for change in found:
        change.callback = callback
    return found


def _attempt_entry(attempt: Attempt, now: datetime, with_notes: bool) -> TimelineEntry:
    note = reveal(attempt, "note", tag=CALLBACK_VIEWED)[0] if with_notes and attempt.note is not None else None
    title = str(OUTCOMES[Outcome(attempt.outcome)])
    if attempt.undone_at is not None:
        title = _("%(outcome)s (taken back)") % {"outcome": title}
    elif attempt.is_late:
        title = _("%(outcome)s (said later)") % {"outcome": title}
    detail = f"{when(attempt.recorded_at, attempt.callback, now)} · {attempt.staff.display_name}"
    if set(attempt.verified_by) >= set(IdentityCheck):
        detail = _("%(detail)s · name and date of birth verified") % {"detail": detail}
    return TimelineEntry(title, detail, note or "")


def _change_entry(change: Change, now: datetime, with_notes: bool) -> TimelineEntry:
    reason = reveal(change, "reason", tag=CALLBACK_VIEWED)[0] if with_notes and change.reason is not None else None
    return TimelineEntry(tell_change(change), when(change.made_at, change.callback, now), reason or "")
