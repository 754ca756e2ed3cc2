"""Callbacks' correcting: a misheard name or number is put right in review, and the callback finds its caller."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from accounts.models import User
from audit.events import CALLBACK_CORRECTED, NUMBER_REVEALED
from callbacks.models import Callback, Caller
from callbacks.queries.contact_rules import rules_of
from callbacks.scheduling.zones import recipient_zones
from callbacks.services.acting import Act, begin_act
from callbacks.services.closing import other_open
from callbacks.services.contact_rules import ASKED_NOT_TO_BE_CALLED
from callbacks.services.merging import merge_into
from callbacks.services.opening import phone_tail
from callbacks.services.promising import set_promise
from callbacks.states import Command
from lib.errors import Refusal
from vault.blind_index import index_value
from vault.reveal import reveal


class NothingCorrectedRefusal(Refusal):
    code = "nothing_corrected"
    status = 422
    sentence = "Give a name or a number to correct."


@dataclass(frozen=True)
class Correction:
    """What was heard wrong. `phone` is a valid number in E.164; empty is left as it is."""

    first_name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


def correct_caller(
    callback: Callback,
    correction: Correction,
    *,
    version: int,
    acting_user: User,
    command_id: UUID | None = None,
) -> Callback:
    """Put name or number right while the reviewer holds the callback; returns the callback that waits now.

    The callback moves to the caller it belongs to. Where that caller waits already, the two are merged; where they
    asked not to be called, that is one more reason for review. Locks the caller before the callback. The event names
    the fields, never the values. Raises NothingCorrectedRefusal, ClaimLostRefusal, OutdatedFormRefusal, TransitionError.
    """
    if not correction.first_name and not correction.phone:
        raise NothingCorrectedRefusal
    with transaction.atomic():
        caller = _lock_caller(callback, correction)
        act = begin_act(callback, Command.CORRECT, acting_user=acting_user, command_id=command_id)
        if act.is_repeated:
            return act.callback
        act.check_mine()
        act.check_version(version)
        before = act.callback.caller_id
        act.callback.caller = caller
        other = other_open(act.callback) if caller.is_recognisable else None
        if other is not None:
            # The duplicate keeps the caller it came with: only one open callback each, and it is closed only below.
            act.callback.caller_id = before
            merge_into(act, other, tag=CALLBACK_CORRECTED)
            return other
        _put_right(act, correction)
        if rules_of(act.callback, act.now).do_not_call:
            act.callback.review_reasons = sorted({*act.callback.review_reasons, ASKED_NOT_TO_BE_CALLED})
        act.finish(
            CALLBACK_CORRECTED,
            fields=[name for name in ("first_name", "phone") if getattr(correction, name)],
            details={"caller_before": str(before)},
        )
        return act.callback


def _lock_caller(callback: Callback, correction: Correction) -> Caller:
    """The caller that the corrected name and number belong to; made if nobody had them."""
    clinic_id, known = callback.clinic_id, callback.caller
    phone_index = (
        index_value("phone", correction.phone, clinic_id=clinic_id) if correction.phone else known.phone_index
    )
    name_index = (
        index_value("name", correction.first_name, clinic_id=clinic_id) if correction.first_name else known.name_index
    )
    if not phone_index:
        return known
    caller, _ = Caller.objects.get_or_create(clinic_id=clinic_id, phone_index=phone_index, name_index=name_index)
    return Caller.objects.select_for_update().get(pk=caller.pk)


def _put_right(act: Act, correction: Correction) -> None:
    callback = act.callback
    if correction.first_name:
        callback.first_name = correction.first_name
    if not correction.phone:
        return
    called_from = reveal(callback, "called_from", tag=NUMBER_REVEALED)[0]
    callback.phone, callback.phone_tail = correction.phone, phone_tail(correction.phone)
    callback.phone_is_valid = True
    callback.called_from_differs = called_from is not None and called_from != correction.phone
    callback.zone_names = [zone.key for zone in recipient_zones(correction.phone)]
    if callback.first_attempt_at is None:
        set_promise(callback)
