"""Callbacks' changes in words: who did what, and how long ago; for refusals, banners and the timeline."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _, gettext_lazy

from accounts.models import User
from callbacks.models import Callback, Change
from callbacks.queries.words import OUTCOMES
from callbacks.scheduling import wording
from callbacks.scheduling.ladder import Outcome
from callbacks.states import CLOSED_REASON_WORDS, SAME_CALL, ClosedReason, Command

# After dialling, one of these says how the call ended, or that there was none.
ENDS_A_CALL = frozenset(
    {
        Command.RECORD_OUTCOME,
        Command.RECORD_LATE_OUTCOME,
        Command.RELEASE,
        Command.SKIP,
        Command.SNOOZE,
        Command.AGREE_TIME,
        Command.ESCALATE,
        Command.CLOSE,
        Command.CANCEL,
        Command.RESOLVE_ELSEWHERE,
        Command.RESOLVE,
        Command.RETURN,
        Command.REASSIGN,
    }
)
# A late outcome is accepted, and asked for, within the working day.
ASKED_FOR = timedelta(hours=12)
_SENTENCES: Mapping[str, object] = {
    Command.RELEASE_FROM_REVIEW: gettext_lazy("%(who)s finished the review"),
    Command.START_DIAL: gettext_lazy("%(who)s dialled"),
    Command.RECORD_OUTCOME: gettext_lazy("%(who)s recorded “%(word)s”"),
    Command.RECORD_LATE_OUTCOME: gettext_lazy("%(who)s recorded “%(word)s” for an earlier call"),
    Command.RELEASE: gettext_lazy("%(who)s released it"),
    Command.SKIP: gettext_lazy("%(who)s skipped it: %(word)s"),
    Command.TAKE_OVER: gettext_lazy("%(who)s took it over from %(person)s"),
    Command.SNOOZE: gettext_lazy("%(who)s put it off"),
    Command.AGREE_TIME: gettext_lazy("%(who)s agreed on a time with the caller"),
    Command.ESCALATE: gettext_lazy("%(who)s passed it to the clinical team"),
    Command.ACCEPT: gettext_lazy("%(who)s took it for the clinical team"),
    Command.RESOLVE: gettext_lazy("%(who)s resolved it for the clinical team"),
    Command.RETURN: gettext_lazy("%(who)s returned it from the clinical team"),
    Command.CLOSE: gettext_lazy("%(who)s closed it: %(word)s"),
    Command.CANCEL: gettext_lazy("%(who)s closed it: %(word)s"),
    Command.RESOLVE_ELSEWHERE: gettext_lazy("%(who)s closed it: %(word)s"),
    Command.MERGE_INTO_OTHER: gettext_lazy("%(who)s merged it into the caller's other callback"),
    Command.UNDO: gettext_lazy("%(who)s took that back"),
    Command.REOPEN: gettext_lazy("%(who)s reopened it"),
    Command.ATTACH_REPEAT: gettext_lazy("The caller rang again"),
    Command.REASSIGN: gettext_lazy("%(who)s gave it to %(person)s"),
    Command.HAND_OVER: gettext_lazy("%(who)s left, and it went back to the queue"),
    Command.SEND_TO_REVIEW: gettext_lazy("%(who)s noted “do not call” on this number; it is under review"),
    Command.CORRECT: gettext_lazy("%(who)s corrected name or number"),
    Command.EXPIRE: gettext_lazy("The claim of %(person)s ran out"),
    Command.NOTE_NEEDS: gettext_lazy("%(who)s noted whom to call and what the call needs"),
    Command.LET_DESK_CALL: gettext_lazy("%(who)s left the confidential call to the front desk"),
    Command.RECOMPUTE_DUE: gettext_lazy("The due time moved with the clinic's hours"),
}


def tell_change(change: Change) -> str:
    """`Ana recorded “no answer”`: who did what, without a full stop."""
    if change.command == Command.ATTACH_REPEAT and change.word == SAME_CALL:
        return _("The voice assistant sent more about the call")
    return str(_SENTENCES[change.command]) % {
        "who": change.staff.display_name if change.staff else _("The system"),
        "person": change.person.display_name if change.person else _("nobody"),
        "word": word_of(change),
    }


def word_of(change: Change) -> str:
    """The act's closed word as people say it."""
    if change.word in set(Outcome):
        label = str(OUTCOMES[Outcome(change.word)])
        return label[:1].lower() + label[1:]
    if change.word in set(ClosedReason):
        return CLOSED_REASON_WORDS[ClosedReason(change.word)]
    return change.word.replace("_", " ")


def ago(since: datetime, now: datetime) -> str:
    """`12 s ago`, `4 min ago`."""
    length = now - since
    seconds = max(int(length.total_seconds()), 0)
    return _("%(n)s s ago") % {"n": seconds} if seconds < 60 else _("%(n)s ago") % {"n": wording.duration(length)}


def what_happened(callback: Callback, *, since: int | None, user: User | None, now: datetime) -> str:
    """One sentence about the last thing that happened to a callback after a version (None: at all), a claim included;
    "" when nothing can be told.
    """
    changes = callback.changes.select_related("staff", "person").order_by("-made_at", "-pk")
    last = changes.filter(version__gt=since).first() if since is not None else changes.first()
    holder, claimed_at = callback.claimed_by, callback.claimed_at
    if holder is not None and claimed_at is not None and (last is None or claimed_at > last.made_at):
        return "" if holder == user else f"{holder.display_name} claimed it {ago(claimed_at, now)}."
    if last is None or (since is None and last.staff == user):
        return ""
    return f"{tell_change(last)} {ago(last.made_at, now)}."


def unfinished_dials(now: datetime) -> QuerySet[Change]:
    """Dials whose dialler has not said how the call ended, newest first; also those of a call still going on."""
    ended = Change.objects.filter(
        callback_id=OuterRef("callback_id"),
        staff_id=OuterRef("staff_id"),
        made_at__gte=OuterRef("made_at"),
        command__in=ENDS_A_CALL,
        undone_at__isnull=True,
    )
    dials = Change.objects.filter(~Exists(ended), command=Command.START_DIAL, made_at__gt=now - ASKED_FOR)
    return dials.select_related("staff").order_by("-made_at")


def unfinished_dial(callback: Callback, user: User, now: datetime) -> Change | None:
    """A person's dial on a callback that is still without an outcome."""
    return unfinished_dials(now).filter(callback=callback, staff=user).first()
