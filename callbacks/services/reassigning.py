"""Callbacks' reassigning: a callback is given to a colleague, or goes back to everybody when its owner leaves."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import Membership, User
from accounts.rights import held_rights
from accounts.roles import SUPERVISE_CALLBACKS, WORK_CALLBACKS, roles_with
from audit.events import CALLBACK_HANDED_OVER, CALLBACK_REASSIGNED
from callbacks.models import Callback
from callbacks.services.acting import begin_act, lock_for
from callbacks.services.attempts import AGREED_TIME_IS_MINE_FOR
from callbacks.services.refusals import NotAllowedRefusal, ReasonMissingRefusal
from callbacks.states import CallbackFlag, Command, Status, WaitReason
from lib import clock
from lib.errors import Refusal

# Given to somebody who does not come, a caller must not wait for long.
GIVEN_FOR = timedelta(minutes=30)


class NotAColleagueRefusal(Refusal):
    code = "not_a_colleague"
    status = 422
    sentence = "Choose somebody who works with this clinic's callers."


class Leaving(StrEnum):
    """Why somebody's work goes back to the queue."""

    SIGNED_OUT = "signed_out"
    DEACTIVATED = "deactivated"
    OFF_THE_ROLL = "off_the_roll"


def reassign_callback(
    callback: Callback, *, to: User, reason: str, acting_user: User, version: int, command_id: UUID | None = None
) -> Callback:
    """Give a callback to a colleague: for 30 minutes (an agreed time: until 10 minutes after it) it is dealt to nobody
    else, then to everybody. It is not claimed for them: nobody is put on the phone without pressing a button.

    A supervisor may give anything away, others what they hold or what is reserved for them. Raises NotAllowedRefusal,
    NotAColleagueRefusal, ReasonMissingRefusal, OutdatedFormRefusal, TransitionError.
    """
    with transaction.atomic():
        act = begin_act(callback, Command.REASSIGN, acting_user=acting_user, version=version, command_id=command_id)
        if act.is_repeated:
            return act.callback
        is_theirs = act.is_mine or (act.callback.preferred_agent_id == acting_user.pk and not act.is_held)
        if not is_theirs and not act.may(SUPERVISE_CALLBACKS):
            raise NotAllowedRefusal("Only a supervisor may give away what is not yours.")
        if not to.is_active or not held_rights(to).allow(WORK_CALLBACKS, clinic_id=act.callback.clinic_id):
            raise NotAColleagueRefusal
        if not reason.strip():
            raise ReasonMissingRefusal("Say why you give it away, then try again.")
        act.clear_claim()
        starts_at = max(act.now, act.callback.not_before or act.now)
        is_agreed = act.callback.wait_reason == WaitReason.AGREED and starts_at > act.now
        act.callback.preferred_agent = to
        act.callback.reserved_until = starts_at + (AGREED_TIME_IS_MINE_FOR if is_agreed else GIVEN_FOR)
        act.finish(
            CALLBACK_REASSIGNED,
            person=to,
            reason=reason.strip(),
            fields=["reason"],
            details={"to": str(to.pk)},
        )
        return act.callback


def hand_over_work(user: User, *, leaving: Leaving) -> int:
    """Give back to everybody what a person holds or was reserved, agreed times included; how many callbacks it was.

    Nothing stays with somebody who is off shift. A call they had begun and said nothing about stays unfinished, and
    they may still say how it ended.
    """
    now = clock.now()
    theirs = Q(claimed_by=user, lease_expires_at__gt=now) | Q(preferred_agent=user)
    ids = Callback.objects.filter(theirs).exclude(status=Status.CLOSED).order_by("pk").values_list("pk", flat=True)
    return sum(_hand_over(callback_id, user, leaving) for callback_id in list(ids))


def sweep_off_roll(person: User | None = None) -> int:
    """Give back what anybody (or this person) holds or was reserved in a clinic where they may not work any more.

    A membership ends at its time, without a job; from then on its person reaches nothing. This finds what is still in
    their name by looking at the rows, so an end that was planned, moved or missed makes no difference. Safe beside
    another sweep. How many callbacks it was.
    """
    now, handed_over = clock.now(), 0
    for owner, held in (
        ("claimed_by", Q(claimed_by__isnull=False, lease_expires_at__gt=now)),
        ("preferred_agent", Q(preferred_agent__isnull=False)),
    ):
        working = Membership.objects.active(now).filter(
            user=OuterRef(owner), clinic=OuterRef("clinic"), role__in=roles_with(WORK_CALLBACKS), user__is_active=True
        )
        ownerless = Callback.objects.filter(held, ~Exists(working)).exclude(status=Status.CLOSED)
        if person is not None:
            ownerless = ownerless.filter(**{owner: person})
        pairs = list(ownerless.order_by("pk").values_list("pk", owner))
        people = User.objects.in_bulk({owner_id for _, owner_id in pairs}) if pairs else {}
        handed_over += sum(_hand_over(pk, people[owner_id], Leaving.OFF_THE_ROLL) for pk, owner_id in pairs)
    return handed_over


def _hand_over(callback_id: UUID, user: User, leaving: Leaving) -> bool:
    with transaction.atomic():
        act = lock_for(callback_id, Command.HAND_OVER, acting_user=user, command_id=None)
        is_reserved = act.callback.preferred_agent_id == user.pk
        if act.callback.status == Status.CLOSED or not (act.is_mine or is_reserved):
            return False
        if act.is_mine:
            if act.callback.dial_started_at is not None:
                act.raise_flag(CallbackFlag.UNFINISHED_CALL)
            act.clear_claim()
        if is_reserved:
            act.clear_reservation()
        act.finish(CALLBACK_HANDED_OVER, word=leaving.value)
        return True
