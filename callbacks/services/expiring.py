"""Callbacks' expiring: claims that ran out are put back for everybody to see, and the trail says so once."""

from uuid import UUID

from django.db import transaction

from audit.events import CLAIM_EXPIRED
from callbacks.models import Callback
from callbacks.services.acting import is_held, lock_for
from callbacks.states import Command
from lib import clock

SWEEP_LIMIT = 200


def sweep_leases() -> int:
    """Clear claims whose lease is over; how many were cleared. Needs a scope: the service is the actor.

    Nobody waits for this: an expired lease is free already, for claim and deal alike. The sweep tells it: one Change
    naming who held it, one event, `unfinished_call` where a call had begun. Each row in a transaction of its own; one
    that somebody works on at this moment is left to them. Safe beside another sweep.
    """
    over = Callback.objects.filter(lease_expires_at__lte=clock.now()).order_by("lease_expires_at")
    return sum(_expire(callback_id) for callback_id in list(over.values_list("pk", flat=True)[:SWEEP_LIMIT]))


def _expire(callback_id: UUID) -> bool:
    with transaction.atomic():
        free = Callback.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=callback_id)
        if free.values_list("pk").first() is None:
            return False
        act = lock_for(callback_id, Command.EXPIRE, acting_user=None, command_id=None)
        holder = act.callback.claimed_by
        if holder is None or is_held(act.callback, act.now):
            return False
        act.clear_claim()
        # The version stays: the holder's late outcome and everybody's open forms are as good as before the sweep.
        act.finish(CLAIM_EXPIRED, person=holder, details={"holder": str(holder.pk)}, changes_version=False)
        return True
