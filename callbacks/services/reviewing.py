"""Callbacks' reviewing: a defective report's callback is put in order by a person: called after all, or closed."""

from enum import StrEnum

from django.db import transaction

from accounts.models import User
from audit.events import CALLBACK_REVIEWED
from audit.recording import record_change
from callbacks.models import Callback
from callbacks.services.attempts import OutdatedFormRefusal, check_claim
from callbacks.services.claiming import NO_CLAIM
from callbacks.services.ordering import place_in_queue
from callbacks.states import ClosedReason, Command, Status, check_transition
from lib import clock
from lib.errors import Refusal


class ReviewDecision(StrEnum):
    """What a reviewer may decide."""

    CALL = "call"
    NO_USABLE_NUMBER = "no_usable_number"
    TEST_CALL = "test_call"


class NoNumberRefusal(Refusal):
    """Released without a number, it would be dealt to somebody who cannot call."""

    code = "no_number"
    status = 422
    sentence = "There is no number to call. Close it, or release it and wait for the caller to ring again."


def finish_review(callback: Callback, decision: ReviewDecision, *, version: int, acting_user: User) -> Callback:
    """Release a callback from review into the queue, still held by the reviewer, or close it with the reason.

    The reasons for the review stay on the row. Raises ClaimLostRefusal, OutdatedFormRefusal, TransitionError.
    """
    with transaction.atomic():
        locked = Callback.objects.select_for_update(of=("self",)).select_related("clinic").get(pk=callback.pk)
        now = clock.now()
        check_claim(locked, acting_user, now)
        if locked.version != version:
            raise OutdatedFormRefusal
        if decision is ReviewDecision.CALL:
            check_transition(Command.RELEASE_FROM_REVIEW, Status(locked.status))
            if locked.phone is None:
                raise NoNumberRefusal
            locked.status = Status.OPEN
        else:
            check_transition(Command.CLOSE, Status(locked.status))
            locked.status, locked.closed_reason, locked.closed_at = Status.CLOSED, ClosedReason(decision.value), now
            for name, nothing in NO_CLAIM.items():
                setattr(locked, name, nothing)
        locked.version += 1
        place_in_queue(locked)
        locked.save()
        record_change(
            CALLBACK_REVIEWED,
            subject=locked.audit_subject,
            obj=locked.audit_object,
            clinic_id=locked.clinic_id,
            fields=["status"],
            details={"decision": decision.value},
        )
    return locked
