"""Callbacks' contact rules as their page lists them: the last two digits of the number, the wish, who noted it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery

from accounts.models import Clinic
from audit.events import CONTACT_RULES_VIEWED
from callbacks.models import Callback, ContactRule, RuleKind, RuleSource
from callbacks.queries.words import RULE_KINDS, RULE_SOURCES
from callbacks.scheduling import wording
from callbacks.scheduling.week import clock_text
from vault.blind_index import search_values
from vault.masking import mask_number
from vault.reveal import reveal

# The newest; older ones are found by their number.
MOST_ROWS = 100


@dataclass(frozen=True)
class RuleRow:
    """One rule in force. `until` is "" for one without an end; an alternative number itself stays sealed."""

    id: UUID
    masked_number: str
    wish: str
    is_forbidding: bool
    noted: str
    until: str


def rule_rows(clinic: Clinic, now: datetime, *, number: str = "") -> list[RuleRow]:
    """The clinic's rules in force, the newest first; those of one number (E.164) only, if it is given.

    Opens the two digits a list may show, and records that for each row. At most a hundred; two queries.
    """
    rules = ContactRule.objects.in_force(now).filter(clinic=clinic)
    if number:
        rules = rules.filter(phone_index__in=search_values("phone", number, clinic_id=clinic.pk))
    latest = Callback.objects.filter(
        clinic=clinic, phone_tail__isnull=False, caller__phone_index=OuterRef("phone_index")
    ).order_by("-created_at")
    shown = list(
        rules.select_related("set_by")
        .annotate(shown_by=Subquery(latest.values("pk")[:1]))
        .order_by("-set_at", "pk")[:MOST_ROWS]
    )
    shown_by: list[UUID | None] = [rule.shown_by for rule in shown]  # type: ignore[attr-defined]  # annotated above
    callbacks = Callback.objects.in_bulk([pk for pk in shown_by if pk is not None])
    return [
        _row(rule, callbacks.get(pk) if pk is not None else None, clinic, now)
        for rule, pk in zip(shown, shown_by, strict=True)
    ]


def _row(rule: ContactRule, callback: Callback | None, clinic: Clinic, now: datetime) -> RuleRow:
    holds_tail = rule if rule.phone_tail is not None or callback is None else callback
    (tail,) = reveal(holds_tail, "phone_tail", tag=CONTACT_RULES_VIEWED)
    wish = str(RULE_KINDS[RuleKind(rule.kind)])
    if rule.only_from is not None and rule.only_to is not None:
        wish = f"{wish}: {clock_text(rule.only_from)}-{clock_text(rule.only_to)}"
    day = wording.day_and_clock(rule.set_at, now, clinic.zone)
    return RuleRow(
        id=rule.pk,
        masked_number=mask_number(tail),
        wish=wish,
        is_forbidding=rule.kind == RuleKind.DO_NOT_CALL,
        noted=f"{day}, {rule.set_by.display_name}, {RULE_SOURCES[RuleSource(rule.source)]}",
        until=wording.date_and_clock(rule.expires_at, clinic.zone) if rule.expires_at else "",
    )
