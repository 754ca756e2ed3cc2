"""Callbacks' undoing: who pressed the wrong button takes it back within half a minute."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import User
from audit.events import CALLBACK_VIEWED, CHANGE_UNDONE
from callbacks.models import Attempt, Callback, Change, ContactRule, Draft, RuleKind, RuleSource
from callbacks.queries.changes import unfinished_dial
from callbacks.services.acting import Act, lock_for, put_back
from callbacks.services.claiming import give_claim, held_by, lease_until, lock_person
from callbacks.services.closing import lock_caller, other_open
from callbacks.services.contact_rules import record_lifted
from callbacks.services.drafting import keep_draft
from callbacks.services.merging import merge_into
from callbacks.services.refusals import OutdatedFormRefusal
from callbacks.states import TRANSITIONS, Command, Status, check_transition
from lib.errors import ConflictRefusal
from vault.reveal import reveal

UNDONE_WITHIN = timedelta(seconds=30)
UNDOABLE = frozenset(
    {
        Command.RECORD_OUTCOME,
        Command.SKIP,
        Command.SNOOZE,
        Command.AGREE_TIME,
        Command.CLOSE,
        Command.CANCEL,
        Command.RESOLVE_ELSEWHERE,
        Command.RESOLVE,
    }
)


class NotUndoableRefusal(ConflictRefusal):
    """The act is not this person's, not of a kind that is taken back, or more than half a minute old."""

    code = "not_undoable"
    sentence = "Only your own last act can be taken back, within 30 seconds."


def undo_change(callback: Callback, *, undone: UUID, acting_user: User, command_id: UUID | None = None) -> Callback:
    """Take an act (`undone` is its command id) back; returns the callback that waits now.

    1. Lock the person, the caller and the callback, in this order.
    2. It must be theirs, at most 30 seconds old, and nothing may have happened to the callback since: if somebody
       claimed it, OutdatedFormRefusal says so. A repeat call since does not stand in the way, and keeps its effect.
    3. Put back what the act replaced: status, clocks, counts. Its attempt stays as taken back, its note becomes a draft,
       a "do not call" it set is lifted.
    4. Where the caller has another open callback by now, the two are merged. Otherwise the person holds the callback
       again, unless they hold another one.

    Raises NotUndoableRefusal, OutdatedFormRefusal, TransitionError (it is with the clinical team by now).
    """
    with transaction.atomic():
        now = lock_person(acting_user)
        lock_caller(callback)
        act = lock_for(callback.pk, Command.UNDO, acting_user=acting_user, command_id=command_id)
        if act.is_repeated:
            return act.callback
        change = _undoable(act, undone)
        _restore(act, change)
        other = other_open(act.callback) if act.callback.status != Status.CLOSED else None
        if other is not None:
            merge_into(act, other, tag=CHANGE_UNDONE)
            return other
        if held_by(acting_user, now) is None:
            give_claim(act.callback, acting_user, act.now)
            call = unfinished_dial(act.callback, acting_user, act.now)
            act.callback.dial_started_at = call.made_at if call is not None else None
            act.callback.lease_expires_at = lease_until(act.callback, act.now)
        act.finish(CHANGE_UNDONE, word=change.command, details={"command": change.command})
        return act.callback


def undoable_change(user: User, now: datetime) -> Change | None:
    """The person's last act, while it can be taken back; for the offer to undo."""
    last = (
        Change.objects.filter(staff=user, made_at__gt=now - UNDONE_WITHIN)
        .select_related("callback")
        .order_by("-made_at", "-pk")
        .first()
    )
    if last is None or last.command not in UNDOABLE or last.undone_at is not None:
        return None
    is_last = last.version == last.callback.version
    return last if is_last and (Command.UNDO, last.callback.status) in TRANSITIONS else None


def _undoable(act: Act, undone: UUID) -> Change:
    change = Change.objects.filter(command_id=undone, callback=act.callback).first()
    if (
        change is None
        or change.staff_id != (act.user and act.user.pk)
        or change.command not in UNDOABLE
        or change.undone_at is not None
        or act.now - change.made_at > UNDONE_WITHIN
    ):
        raise NotUndoableRefusal
    if act.callback.version != change.version:
        suffix = " It can no longer be taken back."
        raise OutdatedFormRefusal(act.what_happened(since=change.version, suffix=suffix))
    check_transition(Command.UNDO, Status(act.callback.status))
    return change


def _restore(act: Act, change: Change) -> None:
    callback = act.callback
    due_at_now, reasons_now = callback.due_at, set(callback.review_reasons)
    put_back(callback, change.before)
    for repeat in callback.changes.filter(command=Command.ATTACH_REPEAT, made_at__gte=change.made_at):
        callback.due_at = min((at for at in (callback.due_at, due_at_now) if at is not None), default=None)
        added = reasons_now - set(repeat.before.get("review_reasons", reasons_now))
        callback.review_reasons = sorted({*callback.review_reasons, *added})
    if callback.status == Status.ESCALATED:
        callback.concerns.filter(settled_at=change.made_at).update(settled_at=None)
    change.undone_at = act.now
    change.save(update_fields=["undone_at"])
    attempt = Attempt.objects.filter(command_id=change.command_id).first()
    if attempt is not None:
        _take_back(act, attempt)


def _take_back(act: Act, attempt: Attempt) -> None:
    attempt.callback = act.callback
    attempt.undone_at = act.now
    attempt.save(update_fields=["undone_at"])
    note = reveal(attempt, "note", tag=CALLBACK_VIEWED)[0]
    if note and act.user is not None and not Draft.objects.filter(callback=act.callback, staff=act.user).exists():
        keep_draft(act.callback, note, acting_user=act.user)
    rules = ContactRule.objects.filter(
        clinic_id=act.callback.clinic_id,
        caller_id=act.callback.caller_id,
        kind=RuleKind.DO_NOT_CALL,
        source=RuleSource.OUTCOME,
        set_at__gte=attempt.recorded_at,
        lifted_at__isnull=True,
    )
    for rule in rules:
        rule.lifted_at = act.now
        rule.save(update_fields=["lifted_at"])
        record_lifted(rule)
