"""Callbacks' acting: the frame of every act on a callback: done once, on what the person saw, stored, told and recorded.

with transaction.atomic():
    act = begin_act(callback, Command.SKIP, acting_user=user, version=version, command_id=command_id)
    if act.is_repeated:
        return act.callback
    act.check_mine()
    ...change act.callback...
    act.finish(CALLBACK_SKIPPED, word=reason)
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

from django.db import models

from accounts.models import User
from accounts.rights import held_rights
from audit.events import Tag
from audit.recording import record_change
from callbacks.models import Callback, Change
from callbacks.queries.changes import what_happened
from callbacks.services.ordering import place_in_queue
from callbacks.services.refusals import (
    AlreadyClaimedRefusal,
    ClaimLostRefusal,
    NotAllowedRefusal,
    OutdatedFormRefusal,
)
from callbacks.states import CallbackFlag, Command, Status, check_transition
from lib import clock

# What an act may replace and undo puts back. Claims are not among them: they end by themselves.
RESTORED = (
    "status", "closed_reason", "closed_at", "merged_into_id", "due_at", "target_from", "target_to", "not_before",
    "wait_reason", "attempts_count", "voicemails_count", "last_outcome", "last_attempt_at", "last_attempt_by_id",
    "first_attempt_at", "reached_at", "flags", "review_reasons", "preferred_agent_id", "reserved_until", "skips_count",
    "relationship", "interpreter_required", "language",
)  # fmt: skip
NO_CLAIM: dict[str, None] = {
    "claimed_by": None,
    "claim_token": None,
    "claimed_at": None,
    "lease_expires_at": None,
    "dial_started_at": None,
}


class Act:
    """One command on one locked callback. `callback` is the locked row: change it, then `finish`."""

    def __init__(self, callback: Callback, command: Command, user: User | None, command_id: UUID) -> None:
        self.callback = callback
        self.command = command
        self.user = user
        self.command_id = command_id
        self.now: datetime = clock.now()
        self.is_repeated = False
        self._before = image_of(callback)

    @property
    def is_mine(self) -> bool:
        """Whether the person holds the callback at this instant."""
        return self.is_held and self.callback.claimed_by_id == (self.user and self.user.pk)

    @property
    def is_held(self) -> bool:
        return is_held(self.callback, self.now)

    def may(self, permission: str) -> bool:
        """Whether the person has the right in the callback's clinic."""
        return self.user is not None and held_rights(self.user).allow(permission, clinic_id=self.callback.clinic_id)

    def check_may(self, *permissions: str, sentence: str | None = None) -> None:
        """Raise NotAllowedRefusal unless the person has one of the rights in the callback's clinic."""
        if not any(self.may(permission) for permission in permissions):
            raise NotAllowedRefusal(sentence)

    def check_mine(self) -> None:
        """Raise ClaimLostRefusal, saying what happened, unless the person holds the callback."""
        if not self.is_mine:
            raise ClaimLostRefusal(self.what_happened(since=None, suffix=" You no longer hold this callback."))

    def check_not_others(self) -> None:
        """Raise AlreadyClaimedRefusal while somebody else holds the callback."""
        if self.is_held and not self.is_mine:
            raise AlreadyClaimedRefusal(self.what_happened(since=None, suffix=" Wait until it is free."))

    def check_version(self, version: int) -> None:
        """Raise OutdatedFormRefusal, saying what happened since, unless the form was made for this version."""
        if self.callback.version != version:
            raise OutdatedFormRefusal(self.what_happened(since=version, suffix=" Nothing was saved."))

    def what_happened(self, *, since: int | None, suffix: str) -> str | None:
        """`Ana recorded “no answer” 12 s ago.` with the suffix; None when nobody else did anything that can be told."""
        told = what_happened(self.callback, since=since, user=self.user, now=self.now)
        return f"{told}{suffix}" if told else None

    def clear_claim(self) -> None:
        """End the claim, whoever holds it; a call somebody else had begun stays to be told."""
        is_own = self.callback.claimed_by_id == (self.user and self.user.pk)
        if self.callback.dial_started_at is not None and not is_own:
            self.raise_flag(CallbackFlag.UNFINISHED_CALL)
        for name, nothing in NO_CLAIM.items():
            setattr(self.callback, name, nothing)

    def clear_reservation(self) -> None:
        self.callback.preferred_agent, self.callback.reserved_until = None, None

    def raise_flag(self, flag: CallbackFlag) -> None:
        self.callback.flags = sorted({*self.callback.flags, flag.value})

    def lower_flag(self, *flags: CallbackFlag) -> None:
        self.callback.flags = sorted({*self.callback.flags} - {flag.value for flag in flags})

    def finish(
        self,
        tag: Tag,
        *,
        word: str = "",
        person: User | None = None,
        reason: str = "",
        fields: Iterable[str] = (),
        details: Mapping[str, str | int | list[str]] | None = None,
        changes_version: bool = True,
    ) -> Change:
        """Place and save the callback, keep the act as a Change, record it on the trail.

        `changes_version=False` is for what happens under a holder's hands and must not make their form outdated.
        """
        callback = self.callback
        callback.version += changes_version
        place_in_queue(callback)
        callback.save()
        after = image_of(callback)
        change = Change(
            callback=callback,
            command_id=self.command_id,
            command=self.command,
            staff=self.user,
            person=person,
            made_at=self.now,
            version=callback.version,
            word=word,
            reason=reason or None,
            before={name: value for name, value in self._before.items() if after[name] != value},
        )
        change.save(force_insert=True)
        record_change(
            tag,
            subject=callback.audit_subject,
            obj=callback.audit_object,
            clinic_id=callback.clinic_id,
            fields=fields,
            details=dict(details or {}),
        )
        return change


def begin_act(
    callback: Callback,
    command: Command,
    *,
    acting_user: User | None,
    version: int | None = None,
    command_id: UUID | None = None,
) -> Act:
    """Lock the callback for one command; call it inside the act's transaction.

    1. A command id seen before on this callback is the same form sent twice: `is_repeated`, and the act changes
       nothing. Seen on another one: OutdatedFormRefusal.
    2. The version, where the form carries one, must be the callback's: OutdatedFormRefusal says what happened since.
       Each claim is a version of its own, so a form made under an earlier claim is refused as well.
    3. The command must fit the status: TransitionError.
    """
    act = lock_for(callback.pk, command, acting_user=acting_user, command_id=command_id)
    if act.is_repeated:
        return act
    if version is not None:
        act.check_version(version)
    check_transition(command, Status(act.callback.status))
    return act


def lock_for(callback_id: UUID, command: Command, *, acting_user: User | None, command_id: UUID | None) -> Act:
    """Only the first step of `begin_act`, for acts that judge version and status themselves."""
    chosen = command_id or uuid4()
    act = Act(lock_callback(callback_id), command, acting_user, chosen)
    known = Change.objects.filter(command_id=chosen).first()
    if known is not None and known.callback_id != callback_id:
        raise OutdatedFormRefusal
    act.is_repeated = known is not None
    return act


def lock_callback(callback_id: UUID) -> Callback:
    """The row, locked until the transaction ends, with its clinic.

    The clinic never changes. A holder or caller joined here would be the one from before a wait for the lock: PostgreSQL
    reads the locked row anew after the wait, but not what it is joined with.
    """
    return Callback.objects.select_for_update(of=("self",)).select_related("clinic").get(pk=callback_id)


def is_held(callback: Callback, now: datetime) -> bool:
    """Whether somebody holds the callback at this instant; a lease that ends now is over."""
    return callback.lease_expires_at is not None and callback.lease_expires_at > now


def image_of(callback: Callback) -> dict[str, Any]:
    """The columns an act may replace, as JSON: ids, instants and closed words; nothing sealed."""
    found: dict[str, Any] = {}
    for name in RESTORED:
        value = getattr(callback, name)
        found[name] = (
            value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value
        )
    return found


def put_back(callback: Callback, image: Mapping[str, Any]) -> None:
    """Set the columns of an image on a callback; unsaved."""
    for name, value in image.items():
        field = cast("models.Field[Any, Any]", Callback._meta.get_field(name.removesuffix("_id")))
        setattr(callback, name, value if value is None else field.to_python(value))
