"""Callbacks' reviewing: a defective report's callback is put in order by a person: called after all, or closed."""

from enum import StrEnum
from uuid import UUID

from django.db import transaction

from accounts.models import User
from audit.events import CALLBACK_REVIEWED
from callbacks.models import Callback
from callbacks.services.acting import begin_act
from callbacks.services.refusals import NoNumberRefusal
from callbacks.states import ClosedReason, Command, Status


class ReviewDecision(StrEnum):
    """What a reviewer may decide: call after all, or close with this reason."""

    CALL = "call"
    NO_USABLE_NUMBER = "no_usable_number"
    WRONG_NUMBER = "wrong_number"
    NOT_IN_SERVICE = "not_in_service"
    DO_NOT_CALL = "do_not_call"
    TEST_CALL = "test_call"


def finish_review(
    callback: Callback,
    decision: ReviewDecision,
    *,
    version: int,
    acting_user: User,
    command_id: UUID | None = None,
) -> Callback:
    """Release a callback from review into the queue, still held by the reviewer, or close it with the reason.

    The reasons for the review stay on the row. Raises ClaimLostRefusal, OutdatedFormRefusal, TransitionError,
    NoNumberRefusal.
    """
    releases = decision is ReviewDecision.CALL
    command = Command.RELEASE_FROM_REVIEW if releases else Command.CLOSE
    with transaction.atomic():
        act = begin_act(callback, command, acting_user=acting_user, command_id=command_id)
        if act.is_repeated:
            return act.callback
        act.check_mine()
        act.check_version(version)
        if releases:
            if act.callback.phone is None:
                raise NoNumberRefusal
            act.callback.status = Status.OPEN
        else:
            act.clear_claim()
            act.callback.status = Status.CLOSED
            act.callback.closed_reason, act.callback.closed_at = ClosedReason(decision.value), act.now
        act.finish(
            CALLBACK_REVIEWED,
            word="" if releases else decision.value,
            fields=["status"],
            details={"decision": decision.value},
        )
        return act.callback
