"""Callbacks' sharing: where a clinic wants it, every fourth call a person makes is a retry (callbacks.md §2.6)."""

from django.db.models import QuerySet

from accounts.models import User
from callbacks.models import Attempt, Callback
from callbacks.scheduling.priority import Group

EVERY = 4
# What is urgent, agreed or starving waits for nobody's share.
MAY_WAIT = frozenset({Group.SAVABLE, Group.FIRST_IN_WINDOW, Group.FIRST_OVERDUE, Group.FIRST_OUT_OF_WINDOW})


def retry_instead(first: Callback, ready: QuerySet[Callback], *, acting_user: User) -> Callback | None:
    """The retry this person is dealt instead of a first call, locked as `ready` locks; None: the first call it is.

    Off unless the clinic's policy says so. Each person's own last calls are counted, so that nobody waits for a shared
    counter. The first call stays locked until the transaction ends; whoever deals meanwhile passes it over.
    """
    if first.priority_group not in MAY_WAIT:
        return None
    tries = Attempt.objects.standing().filter(
        staff=acting_user, callback__clinic=first.clinic_id, callback__clinic__desk_policy__shares_retries=True
    )
    lately = tries.order_by("-recorded_at").values_list("seq", flat=True)[: EVERY - 1]
    if [*lately] != [1] * (EVERY - 1):
        return None
    return ready.filter(priority_group=Group.RETRY).first()
