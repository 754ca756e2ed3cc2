"""Callbacks' closing: ended without a call of ours, and opened again when that was wrong."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.roles import SUPERVISE_CALLBACKS
from audit.events import CALLBACK_CLOSED, CALLBACK_REOPENED
from callbacks.models import Callback, Caller
from callbacks.queries.contact_rules import rules_of
from callbacks.services.acting import Act, begin_act
from callbacks.services.concerns import settle_concern
from callbacks.services.contact_rules import ASKED_NOT_TO_BE_CALLED
from callbacks.services.merging import merge_into
from callbacks.states import CallbackFlag, ClosedReason, Command, Status, WaitReason
from lib.errors import ConflictRefusal, Refusal

REOPENED_WITHIN = timedelta(days=7)
COMMAND_OF = {
    ClosedReason.CANCELLED: Command.CANCEL,
    ClosedReason.RESOLVED_ELSEWHERE: Command.RESOLVE_ELSEWHERE,
    ClosedReason.TEST_CALL: Command.CLOSE,
    ClosedReason.NO_USABLE_NUMBER: Command.CLOSE,
    ClosedReason.WRONG_NUMBER: Command.CLOSE,
    ClosedReason.NOT_IN_SERVICE: Command.CLOSE,
    ClosedReason.UNREACHABLE: Command.CLOSE,
    ClosedReason.DO_NOT_CALL: Command.CLOSE,
}


class ReasonNotOfferedRefusal(Refusal):
    """Some reasons are the outcome of a call, or of a merge."""

    code = "reason_not_offered"
    status = 422
    sentence = "A callback is not closed with that reason by hand."


class TooLateRefusal(ConflictRefusal):
    code = "too_late"
    sentence = "A callback is reopened within seven days. The caller's next call makes a new one."


def close_callback(
    callback: Callback,
    reason: ClosedReason,
    *,
    version: int | None = None,
    acting_user: User | None,
    command_id: UUID | None = None,
) -> Callback:
    """Close a callback that nobody else holds. Anyone may note that the caller cancelled or was helped elsewhere, the
    system (no `acting_user`) too; other reasons are a supervisor's. An open clinical concern is settled with it.

    Raises ReasonNotOfferedRefusal, AlreadyClaimedRefusal, NotAllowedRefusal, OutdatedFormRefusal, TransitionError.
    """
    if reason not in COMMAND_OF:
        raise ReasonNotOfferedRefusal
    with transaction.atomic():
        act = begin_act(callback, COMMAND_OF[reason], acting_user=acting_user, version=version, command_id=command_id)
        if act.is_repeated:
            return act.callback
        act.check_not_others()
        if act.command is Command.CLOSE:
            act.check_may(SUPERVISE_CALLBACKS)
        settle_concern(act)
        act.clear_claim()
        act.clear_reservation()
        act.callback.status = Status.CLOSED
        act.callback.closed_reason, act.callback.closed_at = reason, act.now
        act.finish(CALLBACK_CLOSED, word=reason.value, fields=["status"], details={"reason": reason.value})
        return act.callback


def reopen_callback(
    callback: Callback, *, version: int, acting_user: User, command_id: UUID | None = None
) -> Callback:
    """A supervisor opens a callback again within seven days of its end, with its original promise and due time; returns
    the callback that waits now. Where the caller has another open one already, it is that one: the two are merged.

    What nobody may or can dial comes back for review. Raises NotAllowedRefusal, TooLateRefusal, OutdatedFormRefusal,
    TransitionError.
    """
    with transaction.atomic():
        lock_caller(callback)
        act = begin_act(callback, Command.REOPEN, acting_user=acting_user, version=version, command_id=command_id)
        if act.is_repeated:
            return act.callback
        act.check_may(SUPERVISE_CALLBACKS)
        if act.callback.closed_at is None or act.now - act.callback.closed_at > REOPENED_WITHIN:
            raise TooLateRefusal
        act.raise_flag(CallbackFlag.REOPENED)
        other = other_open(act.callback)
        if other is not None:
            merge_into(act, other, tag=CALLBACK_REOPENED)
            return other
        open_again(act)
        act.finish(CALLBACK_REOPENED, fields=["status"])
        return act.callback


def lock_caller(callback: Callback) -> None:
    """Lock whose callback it is, before the callback: nobody opens another one for the caller meanwhile."""
    Caller.objects.select_for_update().get(pk=callback.caller_id)


def other_open(callback: Callback) -> Callback | None:
    """The caller's open callback besides this one; there is one at most."""
    others = Callback.objects.filter(caller_id=callback.caller_id).exclude(pk=callback.pk)
    return others.exclude(status=Status.CLOSED).first()


def open_again(act: Act) -> None:
    """Make the act's closed callback one that can be called, or that a person must look at first; unsaved."""
    callback = act.callback
    callback.closed_reason, callback.closed_at, callback.merged_into = "", None, None
    callback.not_before, callback.wait_reason = None, WaitReason.NONE
    callback.status = Status.OPEN
    if rules_of(callback, act.now).do_not_call:
        callback.review_reasons = sorted({*callback.review_reasons, ASKED_NOT_TO_BE_CALLED})
        callback.status = Status.NEEDS_REVIEW
    if callback.phone is None:
        callback.status = Status.NEEDS_REVIEW
