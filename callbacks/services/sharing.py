"""Callbacks' sharing: where a clinic wants it, every fourth call a person makes is a retry (callbacks.md §2.6)."""

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from callbacks.models import Attempt, Callback, DeskPolicy
from callbacks.scheduling.priority import Group

EVERY = 4
# What is urgent, agreed or starving waits for nobody's share.
MAY_WAIT = frozenset({Group.SAVABLE, Group.FIRST_IN_WINDOW, Group.FIRST_OVERDUE, Group.FIRST_OUT_OF_WINDOW})


def with_sharing(ready: QuerySet[Callback]) -> QuerySet[Callback]:
    """Each row with whether its clinic shares (`shares_retries`): read with the deal, most clinics ask no more."""
    policies = DeskPolicy.objects.filter(clinic_id=OuterRef("clinic_id"), shares_retries=True)
    return ready.annotate(shares_retries=Exists(policies))


def retry_instead(first: Callback, ready: QuerySet[Callback], *, acting_user: User) -> Callback | None:
    """The retry this person is dealt instead of a first call, locked as `ready` locks; None: the first call it is.

    `first` and `ready` come from `with_sharing`. Off unless the clinic's policy says so. Each person's own last calls
    are counted, so that nobody waits for a shared counter. The first call stays locked until the transaction ends;
    whoever deals meanwhile passes it over.
    """
    shares: bool = first.shares_retries  # type: ignore[attr-defined]  # annotated by with_sharing
    if not shares or first.priority_group not in MAY_WAIT:
        return None
    tries = Attempt.objects.standing().filter(staff=acting_user, callback__clinic=first.clinic_id)
    lately = tries.order_by("-recorded_at").values_list("seq", flat=True)[: EVERY - 1]
    if [*lately] != [1] * (EVERY - 1):
        return None
    return ready.filter(priority_group=Group.RETRY).first()
