"""Callbacks' contact rules: a caller's wish about how to be called is noted at once, and holds from then on."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Clinic, User
from accounts.rights import held_rights
from accounts.roles import SUPERVISE_CALLBACKS
from audit.events import CALLBACK_SENT_TO_REVIEW, CONTACT_RULE_LIFTED, CONTACT_RULE_SET
from audit.recording import record_change
from callbacks.models import Callback, Caller, ContactRule, RuleKind, RuleSource
from callbacks.services.acting import begin_act
from callbacks.services.refusals import NotAllowedRefusal
from callbacks.states import Command, Status
from lib import clock
from lib.errors import Refusal
from vault.blind_index import index_value

ASKED_NOT_TO_BE_CALLED = "do_not_call"


class RuleRefusal(Refusal):
    """The rule cannot be kept as it was given."""

    code = "rule_not_possible"
    status = 422


@dataclass(frozen=True, kw_only=True)
class RuleDraft:
    """A wish as it was said. `alt_number` is E.164; the hours are minutes of the clinic's day, half-open."""

    kind: RuleKind
    alt_number: str = field(default="", repr=False)
    only_from: int | None = None
    only_to: int | None = None
    expires_at: datetime | None = None
    source: RuleSource = RuleSource.CALLER


def set_contact_rule(callback: Callback, draft: RuleDraft, *, acting_user: User) -> ContactRule:
    """Note a wish about the callback's number; it replaces an earlier one of its kind, unless that says the same.

    "Do not call" sends the number's other open callbacks that nobody holds to review: nobody may dial them, and nobody
    may be forgotten. The callback itself is the caller's to end (an outcome, or a close). Locks the household's rows,
    which come before callbacks' in the order of locks. Raises RuleRefusal.
    """
    with transaction.atomic():
        caller = lock_household(callback)
        if not caller.is_recognisable:
            raise RuleRefusal("Without a valid number there is nothing to note a rule about.")
        return _set(caller, draft, acting_user=acting_user, spared=callback.pk)


def set_rule_for_number(clinic: Clinic, phone: str, draft: RuleDraft, *, acting_user: User) -> ContactRule:
    """Note a wish about a number (E.164) that need not have called; the rest is as in `set_contact_rule`.

    Who asked is the caller of that number without a name. "Do not call" sends all open callbacks of the number that
    nobody holds to review.
    """
    with transaction.atomic():
        phone_index = index_value("phone", phone, clinic_id=clinic.pk)
        caller, _made = Caller.objects.get_or_create(clinic=clinic, phone_index=phone_index, name_index="")
        list(_household(caller).select_for_update())
        return _set(caller, draft, acting_user=acting_user, tail=phone[-2:])


def _set(
    caller: Caller, draft: RuleDraft, *, acting_user: User, spared: UUID | None = None, tail: str | None = None
) -> ContactRule:
    """The rule, in the caller's locked household; `spared` is the callback its caller ends by themselves."""
    _check(draft)
    now = clock.now()
    standing = ContactRule.objects.select_for_update().filter(
        clinic_id=caller.clinic_id, phone_index=caller.phone_index, kind=draft.kind, lifted_at__isnull=True
    )
    known = standing.first()
    if known is not None and _is_same(known, draft):
        return known
    standing.update(lifted_at=now)
    rule = ContactRule(
        clinic_id=caller.clinic_id,
        caller=caller,
        phone_index=caller.phone_index,
        phone_tail=tail,
        kind=draft.kind,
        alt_number=draft.alt_number or None,
        only_from=draft.only_from,
        only_to=draft.only_to,
        source=draft.source,
        set_by=acting_user,
        set_at=now,
        expires_at=draft.expires_at,
    )
    rule.save(force_insert=True)
    if draft.kind is RuleKind.DO_NOT_CALL:
        _send_others_to_review(caller, acting_user, spared)
    record_change(
        CONTACT_RULE_SET,
        subject=rule.audit_subject,
        obj=rule.audit_object,
        clinic_id=rule.clinic_id,
        fields=["alt_number"] if draft.alt_number else [],
        details={"kind": draft.kind.value, "source": draft.source.value},
    )
    return rule


def lift_contact_rule(rule: ContactRule, *, acting_user: User) -> None:
    """End a rule; it stays to be read. "Do not call" is lifted by a supervisor only. Lifting twice changes nothing."""
    rights = held_rights(acting_user).permissions(clinic_id=rule.clinic_id)
    if rule.kind == RuleKind.DO_NOT_CALL and SUPERVISE_CALLBACKS not in rights:
        raise NotAllowedRefusal("Only a supervisor may lift “do not call”.")
    with transaction.atomic():
        lifted = ContactRule.objects.filter(pk=rule.pk, lifted_at__isnull=True).update(lifted_at=clock.now())
        if lifted:
            record_lifted(rule)


def lock_household(callback: Callback) -> Caller:
    """Lock everybody who shares the callback's number, in one order; returns the callback's own caller."""
    caller = Caller.objects.get(pk=callback.caller_id)
    if caller.is_recognisable:
        list(_household(caller).select_for_update())
    return caller


def _household(caller: Caller) -> QuerySet[Caller]:
    return Caller.objects.filter(clinic_id=caller.clinic_id, phone_index=caller.phone_index).order_by("pk")


def record_lifted(rule: ContactRule) -> None:
    """The event of a lifted rule, in the transaction that lifts it."""
    record_change(
        CONTACT_RULE_LIFTED,
        subject=rule.audit_subject,
        obj=rule.audit_object,
        clinic_id=rule.clinic_id,
        details={"kind": rule.kind},
    )


def _is_same(rule: ContactRule, draft: RuleDraft) -> bool:
    """Whether the wish is noted already; numbers are compared by nobody and noted anew."""
    hours = (rule.only_from, rule.only_to) == (draft.only_from, draft.only_to)
    return rule.alt_number is None and hours and rule.expires_at == draft.expires_at


def _check(draft: RuleDraft) -> None:
    if draft.kind is RuleKind.ALTERNATIVE_NUMBER and not draft.alt_number:
        raise RuleRefusal("Give the number they want to be called on.")
    if draft.kind is RuleKind.ONLY_HOURS and (
        draft.only_from is None or draft.only_to is None or draft.only_from >= draft.only_to
    ):
        raise RuleRefusal("Give the hours as a start and a later end.")
    if draft.expires_at is not None and draft.expires_at <= clock.now():
        raise RuleRefusal("The rule would have ended already.")


def _send_others_to_review(caller: Caller, acting_user: User, spared: UUID | None) -> None:
    others = (
        # A row somebody is changing right now is skipped, as one that is held: waiting for it could be waiting for each other.
        Callback.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(clinic_id=caller.clinic_id, caller__phone_index=caller.phone_index, status=Status.OPEN)
        .exclude(pk__in=[spared] if spared is not None else [])
        .order_by("pk")
    )
    for other in others:
        act = begin_act(other, Command.SEND_TO_REVIEW, acting_user=acting_user)
        if act.is_held:
            # Whoever talks on that line must be able to save; the next dial is refused.
            continue
        act.callback.status = Status.NEEDS_REVIEW
        act.callback.review_reasons = sorted({*act.callback.review_reasons, ASKED_NOT_TO_BE_CALLED})
        act.finish(CALLBACK_SENT_TO_REVIEW, fields=["status"], details={"reason": ASKED_NOT_TO_BE_CALLED})
