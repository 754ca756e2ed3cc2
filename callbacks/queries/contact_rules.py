"""Callbacks' contact rules as they stand: what a caller asked for, and whether their number may be dialled now."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from accounts.models import Clinic
from callbacks.models import Callback, ContactRule, RuleKind
from lib.errors import ConflictRefusal


class ContactForbiddenRefusal(ConflictRefusal):
    """The caller asked not to be called, or not now."""

    code = "contact_forbidden"
    sentence = "This caller asked not to be called. Close the callback with that reason."


@dataclass(frozen=True)
class ContactRules:
    """The rules in force for one callback's number at one instant. Minutes are of the clinic's day."""

    do_not_call: bool = False
    no_voicemail: bool = False
    no_sms: bool = False
    only_hours: tuple[int, int] | None = None
    alternative: ContactRule | None = None

    def check_dial(self, minute: int) -> None:
        """Raise ContactForbiddenRefusal unless the caller may be dialled at this minute of the clinic's day."""
        if self.do_not_call:
            raise ContactForbiddenRefusal
        if self.only_hours is not None and not self.only_hours[0] <= minute < self.only_hours[1]:
            raise ContactForbiddenRefusal(f"This caller asked to be called {self.hours_text} only.")

    @property
    def hours_text(self) -> str:
        """`17:00-20:00`, or "" without such a wish."""
        return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in self.only_hours or ())


def rules_of(callback: Callback, now: datetime) -> ContactRules:
    """The rules in force for the callback's number; none where no number tells who it is."""
    if not callback.caller.is_recognisable:
        return ContactRules()
    rows = ContactRule.objects.in_force(now).filter(
        clinic_id=callback.clinic_id, phone_index=callback.caller.phone_index
    )
    found = {RuleKind(rule.kind): rule for rule in rows}
    hours = found.get(RuleKind.ONLY_HOURS)
    return ContactRules(
        do_not_call=RuleKind.DO_NOT_CALL in found,
        no_voicemail=RuleKind.NO_VOICEMAIL in found,
        no_sms=RuleKind.NO_SMS in found,
        only_hours=(hours.only_from, hours.only_to)
        if hours is not None and hours.only_from is not None and hours.only_to is not None
        else None,
        alternative=found.get(RuleKind.ALTERNATIVE_NUMBER),
    )


def minute_of_day(clinic: Clinic, now: datetime) -> int:
    """Minutes since midnight on the clinic's wall."""
    local = now.astimezone(clinic.zone)
    return local.hour * 60 + local.minute


def forbidding_rule(clinic: Clinic, now: datetime) -> Exists:
    """For a query of callbacks: a rule that forbids dialling this row's number at this instant."""
    minute = minute_of_day(clinic, now)
    is_now = Q(only_from__lte=minute, only_to__gt=minute)
    rules = ContactRule.objects.in_force(now).filter(
        Q(kind=RuleKind.DO_NOT_CALL) | Q(kind=RuleKind.ONLY_HOURS) & ~is_now,
        clinic_id=OuterRef("clinic_id"),
        phone_index=OuterRef("caller__phone_index"),
    )
    return Exists(rules)
