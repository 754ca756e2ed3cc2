"""Callbacks' claiming: who may work on a callback now. A claim is a lease in PostgreSQL; expired means free."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from accounts.models import Clinic, User
from accounts.rights import held_rights
from accounts.roles import CLINICAL_WORK, SUPERVISE_CALLBACKS
from audit.events import CALLBACK_CLAIMED, CALLBACK_RELEASED, CALLBACK_TAKEN_OVER
from audit.recording import change_in_one_statement
from callbacks.models import Callback
from callbacks.queries.changes import what_happened
from callbacks.queries.ready import ready_callbacks
from callbacks.scheduling import wording
from callbacks.services.acting import begin_act, is_held, lock_callback
from callbacks.services.claim_statement import write_claim
from callbacks.services.refusals import (
    AlreadyClaimedRefusal,
    ClaimLostRefusal,
    ForSupervisorRefusal,
    HoldingAnotherRefusal,
    NotAllowedRefusal,
    ReasonMissingRefusal,
    ReservedRefusal,
)
from callbacks.services.sharing import retry_instead, with_sharing
from callbacks.states import CallbackFlag, Command, Status, is_for_supervisor
from lib import clock

LEASE = timedelta(seconds=120)
# A call takes longer than a look at the page.
LEASE_IN_CALL = timedelta(minutes=10)
# However long the heartbeat goes on, nobody holds a caller longer than this.
LONGEST_CLAIM = timedelta(minutes=45)
# What a claim reads and writes of the row it deals: nothing sealed, and a tenth of its columns.
_DEALT = ("number", "clinic", "caller", "claimed_by", "dial_started_at", "flags", "priority_group", "version")


def held_by(user: User, now: datetime) -> Callback | None:
    """The one callback this person holds now; its other columns are read when asked for."""
    held = Callback.objects.filter(claimed_by=user, lease_expires_at__gt=now).exclude(status=Status.CLOSED)
    return held.only("number", "clinic", "caller").first()


def claim_callback(callback: Callback, *, acting_user: User) -> Callback:
    """Take a callback for this person.

    1. Lock the person's row: one live claim each, also when two tabs claim at once.
    2. Already mine: extend it. Holding another: HoldingAnotherRefusal.
    3. Lock the callback. Held by somebody, or closed: AlreadyClaimedRefusal. Reserved for a colleague:
       ReservedRefusal. With the clinical team, and the person is not of it: NotAllowedRefusal. Confidential, and no
       supervisor: ForSupervisorRefusal.
    4. Take it and record the claim in the same transaction.
    """
    with transaction.atomic():
        now = lock_person(acting_user)
        held = held_by(acting_user, now)
        if held is not None and held.pk != callback.pk:
            raise HoldingAnotherRefusal(held)
        if held is not None:
            held.lease_expires_at = extend_claim(held.pk, acting_user=acting_user)
            return held
        locked = lock_callback(callback.pk)
        _check_free(locked, acting_user, now)
        take(locked, acting_user, now)
        return locked


def claim_next(clinic: Clinic, *, acting_user: User) -> Callback | None:
    """Deal the first ready callback of the clinic in queue order and claim it; None when nothing can be called now.

    SKIP LOCKED: two people pressing the button at once get two different callers, and neither waits.
    """
    with transaction.atomic():
        now = lock_person(acting_user)
        held = held_by(acting_user, now)
        if held is not None:
            raise HoldingAnotherRefusal(held)
        ready = with_sharing(ready_callbacks(clinic, now, user=acting_user).only(*_DEALT))
        ready = ready.select_for_update(skip_locked=True, of=("self",))
        first = ready.first()
        if first is None:
            return None
        first = retry_instead(first, ready, acting_user=acting_user) or first
        first.clinic = clinic
        take(first, acting_user, now)
        return first


def extend_claim(public_id: UUID, *, acting_user: User) -> datetime:
    """A heartbeat: the lease runs another two minutes, ten during a call, never past the longest claim.

    Not recorded: it shows nothing and changes nobody's rights; claim and release are. Raises ClaimLostRefusal, saying
    what happened.
    """
    now = clock.now()
    with transaction.atomic():
        held = Callback.objects.select_for_update().filter(pk=public_id).first()
        if held is None or held.claimed_by_id != acting_user.pk or not is_held(held, now) or held.claimed_at is None:
            told = what_happened(held, since=None, user=acting_user, now=now) if held is not None else ""
            raise ClaimLostRefusal(f"{told} You no longer hold this callback." if told else None)
        until = lease_until(held, now)
        Callback.objects.filter(pk=held.pk).update(lease_expires_at=until)
    return until


def lease_until(callback: Callback, now: datetime) -> datetime:
    """How long a claimed callback's lease runs when it is renewed at this instant."""
    lease = LEASE if callback.dial_started_at is None else LEASE_IN_CALL
    return min(now + lease, (callback.claimed_at or now) + LONGEST_CLAIM)


def release_callback(callback: Callback, *, acting_user: User, command_id: UUID | None = None) -> None:
    """Give a callback back to the queue; not an attempt. Raises ClaimLostRefusal when it is not this person's."""
    with transaction.atomic():
        act = begin_act(callback, Command.RELEASE, acting_user=acting_user, command_id=command_id)
        if act.is_repeated:
            return
        act.check_mine()
        act.clear_claim()
        act.finish(CALLBACK_RELEASED)


def take_over(
    callback: Callback, *, reason: str, acting_user: User, version: int | None = None, command_id: UUID | None = None
) -> Callback:
    """A supervisor takes a callback out of somebody's hands, with a reason; the draft of whoever held it is kept.

    Raises NotAllowedRefusal, ReasonMissingRefusal, HoldingAnotherRefusal, OutdatedFormRefusal, TransitionError.
    """
    with transaction.atomic():
        now = lock_person(acting_user)
        held = held_by(acting_user, now)
        if held is not None and held.pk != callback.pk:
            raise HoldingAnotherRefusal(held)
        act = begin_act(callback, Command.TAKE_OVER, acting_user=acting_user, version=version, command_id=command_id)
        if act.is_repeated or act.is_mine:
            return act.callback
        act.check_may(SUPERVISE_CALLBACKS)
        if not reason.strip():
            raise ReasonMissingRefusal("Say why you take it over, then try again.")
        holder = act.callback.claimed_by if act.is_held else None
        act.clear_claim()
        give_claim(act.callback, acting_user, act.now)
        act.finish(CALLBACK_TAKEN_OVER, person=holder, reason=reason.strip(), fields=["reason"])
        return act.callback


def lock_person(user: User) -> datetime:
    """Serialise this person's claims; the instant is taken after the lock, or a wait would shorten the lease."""
    User.objects.select_for_update().only("pk").get(pk=user.pk)
    return clock.now()


def give_claim(callback: Callback, user: User, now: datetime) -> None:
    """A fresh lease on a locked callback, unsaved. Whose lease ran out in a call left it unfinished: that is told."""
    is_own_call = callback.claimed_by_id == user.pk
    if callback.dial_started_at is not None and not is_own_call:
        callback.flags = sorted({*callback.flags, CallbackFlag.UNFINISHED_CALL.value})
        callback.dial_started_at = None
    callback.claimed_by, callback.claim_token = user, uuid4()
    callback.claimed_at, callback.lease_expires_at = now, now + LEASE


def take(callback: Callback, user: User, now: datetime) -> None:
    """Claim a locked, free callback: its next version and the event of the claim, in one statement."""
    give_claim(callback, user, now)
    callback.version += 1
    callback.updated_at = now
    with change_in_one_statement(
        CALLBACK_CLAIMED,
        subject=callback.audit_subject,
        obj=callback.audit_object,
        clinic_id=callback.audit_clinic_id,
    ) as event:
        write_claim(callback, event)


def _check_free(callback: Callback, user: User, now: datetime) -> None:
    if is_held(callback, now):
        holder = callback.claimed_by
        raise AlreadyClaimedRefusal(f"{holder.display_name} is working on this callback." if holder else None)
    if callback.status == Status.CLOSED:
        raise AlreadyClaimedRefusal("This callback is closed.")
    rights = held_rights(user).permissions(clinic_id=callback.clinic_id)
    if callback.status == Status.ESCALATED and not rights & {CLINICAL_WORK, SUPERVISE_CALLBACKS}:
        raise NotAllowedRefusal("This callback is with the clinical team.")
    if is_for_supervisor(callback.status, callback.flags) and SUPERVISE_CALLBACKS not in rights:
        raise ForSupervisorRefusal
    reserved_for, until = callback.preferred_agent, callback.reserved_until
    if reserved_for is None or reserved_for == user or until is None or until <= now:
        return
    if SUPERVISE_CALLBACKS not in rights:
        free_at = wording.shortest_clock(until, now, callback.clinic.zone)
        raise ReservedRefusal(f"{reserved_for.display_name} will call this person; it is free for all at {free_at}.")
