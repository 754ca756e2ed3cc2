"""Callbacks' dialling: the moment a holder dials, with the caller's wishes looked at once more."""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from audit.events import CALLBACK_DIALLED
from callbacks.models import Callback
from callbacks.queries.contact_rules import minute_of_day, rules_of
from callbacks.services.acting import begin_act
from callbacks.services.claiming import lease_until
from callbacks.services.refusals import NoNumberRefusal
from callbacks.states import Command


def start_dial(callback: Callback, *, acting_user: User, command_id: UUID | None = None) -> Callback:
    """Note that the holder dials now. The claim then runs ten minutes at a time, and until the holder says how the call
    ended it is an unfinished call, which the next taker and the holder are told of.

    The version stays: the form on the holder's page remains good. Raises ClaimLostRefusal, TransitionError (under
    review), ContactForbiddenRefusal, NoNumberRefusal.
    """
    with transaction.atomic():
        act = begin_act(callback, Command.START_DIAL, acting_user=acting_user, command_id=command_id)
        if act.is_repeated:
            return act.callback
        act.check_mine()
        rules = rules_of(act.callback, act.now)
        rules.check_dial(minute_of_day(act.callback.clinic, act.now))
        if act.callback.phone is None and rules.alternative is None:
            raise NoNumberRefusal
        act.callback.dial_started_at = act.now
        act.callback.lease_expires_at = lease_until(act.callback, act.now)
        act.finish(CALLBACK_DIALLED, changes_version=False)
        return act.callback
