"""Callbacks' claiming: who may work on a callback now. A claim is a lease in PostgreSQL; expired means free."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F

from accounts.models import Clinic, User
from audit.events import CALLBACK_CLAIMED, CALLBACK_RELEASED
from audit.recording import record_change
from callbacks.models import Callback
from callbacks.queries.ready import not_held, ready_callbacks
from callbacks.states import Status
from lib import clock
from lib.errors import ConflictRefusal

LEASE = timedelta(seconds=120)
# However long the heartbeat goes on, nobody holds a caller longer than this.
LONGEST_CLAIM = timedelta(minutes=45)


class AlreadyClaimedRefusal(ConflictRefusal):
    code = "already_claimed"
    sentence = "Somebody else is working on this callback."


class HoldingAnotherRefusal(ConflictRefusal):
    """One live claim a person: nobody can talk to two callers."""

    code = "holding_another"

    def __init__(self, held: Callback) -> None:
        self.held = held
        super().__init__(f"You still hold {held.ref}. Finish or release it first.")


class ClaimLostRefusal(ConflictRefusal):
    code = "claim_lost"
    sentence = "You no longer hold this callback: the claim ran out or somebody took over."


def held_by(user: User, now: datetime) -> Callback | None:
    """The one callback this person holds now."""
    return Callback.objects.filter(claimed_by=user, lease_expires_at__gt=now).exclude(status=Status.CLOSED).first()


def claim_callback(callback: Callback, *, acting_user: User) -> Callback:
    """Take a callback for this person by compare-and-set.

    1. Lock the person's row: one live claim each, also when two tabs claim at once.
    2. Already mine: extend it. Holding another: HoldingAnotherRefusal.
    3. One UPDATE where nobody holds it; no row changed means somebody was faster: AlreadyClaimedRefusal.
    4. Record the claim in the same transaction.
    """
    with transaction.atomic():
        now = _lock_person(acting_user)
        held = held_by(acting_user, now)
        if held is not None and held.pk != callback.pk:
            raise HoldingAnotherRefusal(held)
        if held is not None:
            held.lease_expires_at = extend_claim(held.pk, acting_user=acting_user)
            return held
        return _take(callback.pk, acting_user, now)


def claim_next(clinic: Clinic, *, acting_user: User) -> Callback | None:
    """Deal the first ready callback of the clinic in queue order and claim it; None when nothing can be called now.

    SKIP LOCKED: two people pressing the button at once get two different callers, and neither waits.
    """
    with transaction.atomic():
        now = _lock_person(acting_user)
        held = held_by(acting_user, now)
        if held is not None:
            raise HoldingAnotherRefusal(held)
        first = ready_callbacks(clinic, now).select_for_update(skip_locked=True, of=("self",)).first()
        return None if first is None else _take(first.pk, acting_user, now)


def extend_claim(public_id: UUID, *, acting_user: User) -> datetime:
    """A heartbeat: the lease runs another two minutes, never past the longest claim. Raises ClaimLostRefusal.

    Not recorded: it shows nothing and changes nobody's rights; claim and release are.
    """
    now = clock.now()
    with transaction.atomic():
        held = Callback.objects.select_for_update().filter(
            pk=public_id, claimed_by=acting_user, lease_expires_at__gt=now
        ).first()  # fmt: skip
        if held is None or held.claimed_at is None:
            raise ClaimLostRefusal
        until = min(now + LEASE, held.claimed_at + LONGEST_CLAIM)
        Callback.objects.filter(pk=held.pk).update(lease_expires_at=until)
    return until


def release_callback(callback: Callback, *, acting_user: User) -> None:
    """Give a callback back to the queue; not an attempt. Raises ClaimLostRefusal when it is not this person's."""
    with transaction.atomic():
        changed = Callback.objects.filter(
            pk=callback.pk, claimed_by=acting_user, lease_expires_at__gt=clock.now()
        ).update(**NO_CLAIM, version=F("version") + 1, updated_at=clock.now())
        if changed == 0:
            raise ClaimLostRefusal
        record_change(
            CALLBACK_RELEASED,
            subject=callback.audit_subject,
            obj=callback.audit_object,
            clinic_id=callback.audit_clinic_id,
        )


NO_CLAIM: dict[str, None] = {"claimed_by": None, "claim_token": None, "claimed_at": None, "lease_expires_at": None}


def _lock_person(user: User) -> datetime:
    """Serialise this person's claims; the instant is taken after the lock, or a wait would shorten the lease."""
    User.objects.select_for_update().only("pk").get(pk=user.pk)
    return clock.now()


def _take(callback_id: UUID, user: User, now: datetime) -> Callback:
    changed = (
        Callback.objects.filter(not_held(now), pk=callback_id)
        .exclude(status=Status.CLOSED)
        .update(
            claimed_by=user,
            claim_token=uuid4(),
            claimed_at=now,
            lease_expires_at=now + LEASE,
            version=F("version") + 1,
            updated_at=now,
        )
    )
    if changed == 0:
        raise AlreadyClaimedRefusal
    callback = Callback.objects.select_related("clinic").get(pk=callback_id)
    record_change(
        CALLBACK_CLAIMED,
        subject=callback.audit_subject,
        obj=callback.audit_object,
        clinic_id=callback.audit_clinic_id,
    )
    return callback
