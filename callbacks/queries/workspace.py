"""Callbacks' workspace: everything one page shows of one callback, opened only as far as the person may see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from accounts.models import User
from audit.events import CALLBACK_VIEWED, NUMBER_REVEALED
from callbacks.models import Callback, RuleKind
from callbacks.queries.acts import ActView, Standing, acts_for, concern_act
from callbacks.queries.call_scripts import CallScripts, call_scripts
from callbacks.queries.changes import unfinished_dial
from callbacks.queries.colleagues import colleagues
from callbacks.queries.concerns import ConcernView, concern_view
from callbacks.queries.contact_rules import ContactRules, rules_of
from callbacks.queries.crm import SyncChip, sync_of
from callbacks.queries.needs import NeedsView, needs_view
from callbacks.queries.notices import news_for, notices_for
from callbacks.queries.numbers import readable_number
from callbacks.queries.rows import (
    BadgeView,
    appointment_label,
    badge_view,
    holder_of,
    is_takeable,
    last_outcome,
    their_time,
    when,
    why,
)
from callbacks.queries.timeline import TimelineEntry, build_timeline
from callbacks.queries.words import (
    EMERGENCY_ANSWERS,
    LANGUAGES,
    OUTCOME_GROUPS,
    OUTCOMES,
    RELATIONSHIPS,
    REVIEW_REASONS,
    RULE_KINDS,
    SKIP_REASONS,
    WINDOWS,
)
from callbacks.requests import PreferredWindow
from callbacks.scheduling.ladder import AgreedTimeError, Outcome
from callbacks.services.attempts import preview_step
from callbacks.services.drafting import read_draft
from callbacks.states import Status, is_for_supervisor
from vault.masking import mask_name, mask_number
from vault.reveal import reveal

# A refused dialog is shown again with what was typed; nothing else of a request comes back.
TYPED = ("possible_disclosure", "why", "at", "to", "reason", "words", "emergency", "first_name", "phone", "kind", "relationship", "person_to_call", "language", "interpreter_required", "teen_confidential", "alt_number", "only_from", "only_to", "into")  # fmt: skip


@dataclass(frozen=True)
class OutcomeChoice:
    """One outcome button: its key, and what saving it will do."""

    code: str
    label: str
    key: str
    preview: str


@dataclass(frozen=True)
class OutcomeGroup:
    title: str
    choices: list[OutcomeChoice]


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The page of one callback. `number` and `called_from` are None until the holder asks for them."""

    id: UUID
    ref: str
    version: int
    command_id: UUID
    badge: BadgeView
    why: str
    first_name: str = field(repr=False)
    wants: str
    asked_for: str
    caller_words: str = field(repr=False)
    their_time: str
    called_at: str
    promised_by: str
    due_at: str
    language: str
    held_by_me: bool
    holder: str
    lease_seconds_left: int
    needs: NeedsView
    can_claim: bool
    is_for_supervisor: bool
    can_work: bool
    can_review: bool
    is_late: bool
    is_closed: bool
    masked_number: str
    number: str | None = field(repr=False)
    dial: str | None = field(repr=False)
    dialled_at: str
    called_from: str | None = field(repr=False)
    called_from_note: str
    notices: list[str]
    news: list[str]
    review_reasons: list[str]
    scripts: CallScripts | None
    outcome_groups: list[OutcomeGroup]
    timeline: list[TimelineEntry]
    last_outcome: str
    sync: SyncChip | None
    remote_end: str
    concern: ConcernView | None
    concern_act: ActView | None
    acts: list[ActView]
    colleagues: list[User]
    skip_reasons: list[tuple[str, str]]
    emergency_answers: list[tuple[str, str]]
    rule_kinds: list[tuple[str, str]]
    relationships: list[tuple[str, str]]
    languages: list[tuple[str, str]]
    rules: list[tuple[str, str]]
    note: str = field(default="", repr=False)
    chosen: str = ""
    verified_by: tuple[str, ...] = ()
    agreed_at: str = ""
    error: str = ""
    # What was typed into a dialog that was refused, and which dialog it was.
    typed: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(TYPED, ""), repr=False)
    opened: str = ""
    is_dialling: bool = False


def build_workspace(callback: Callback, *, user: User, now: datetime, with_number: bool = False) -> Workspace:
    """Lay one callback out for a person. Only its holder sees the caller's words, notes and script; `with_number`
    opens the numbers too, for the holder alone. Who left a call unfinished may say how it ended, and whoever typed a
    note finds it again. Every opened field joins the event of this page.
    """
    holder = holder_of(callback, now)
    mine = holder == user
    first_name, tail = reveal(callback, "first_name", "phone_tail", tag=CALLBACK_VIEWED)
    words = reveal(callback, "preferred_words", tag=CALLBACK_VIEWED)[0] if mine else None
    rules = rules_of(callback, now)
    number, called_from = _open_numbers(callback, rules) if mine and with_number else (None, None)
    in_review = callback.status == Status.NEEDS_REVIEW
    is_closed = callback.status == Status.CLOSED
    can_work = mine and not in_review and not is_closed
    is_late = not mine and unfinished_dial(callback, user, now) is not None
    standing = Standing.of(callback, user, holder=holder)
    sync, remote_end = sync_of(callback.pk)
    needs = needs_view(callback, is_mine=mine)
    return Workspace(
        id=callback.pk,
        ref=callback.ref,
        version=callback.version,
        command_id=uuid4(),
        badge=badge_view(callback, now),
        why=why(callback, now),
        # Before a claim the page shows no more of a name than the clinic shows in its lists.
        first_name=(first_name or _("Caller"))
        if mine
        else mask_name(first_name, policy=callback.clinic.names_in_queue),
        wants=appointment_label(callback),
        asked_for=str(WINDOWS[PreferredWindow(callback.preferred_window)]),
        caller_words=words or "",
        their_time=their_time(callback, now)
        or _("unknown, ours is %(clock)s") % {"clock": now.astimezone(callback.clinic.zone).strftime("%H:%M")},
        called_at=when(callback.received_at, callback, now),
        promised_by=when(callback.promised_by, callback, now),
        due_at=when(callback.due_at, callback, now) if callback.due_at else _("no calling time in sight"),
        language=callback.language,
        held_by_me=mine,
        holder=holder.display_name if holder else "",
        needs=needs,
        lease_seconds_left=_seconds_left(callback, now) if mine else 0,
        # With the clinical team it is taken by its own button.
        can_claim=holder is None and is_takeable(callback, user),
        is_for_supervisor=holder is None and is_for_supervisor(callback.status, callback.flags),
        can_work=can_work,
        can_review=mine and in_review,
        is_late=is_late,
        is_closed=is_closed,
        masked_number=mask_number(tail),
        number=number and readable_number(number),
        dial=number if rules.alternative is not None or callback.phone_is_valid else None,
        dialled_at=when(callback.dial_started_at, callback, now) if mine and callback.dial_started_at else "",
        called_from=called_from and readable_number(called_from),
        called_from_note=_called_from_note(callback),
        notices=notices_for(callback, rules, user=user, is_mine=mine, now=now),
        news=news_for(callback.pk, user=user) if mine else [],
        review_reasons=[str(REVIEW_REASONS.get(reason, reason)) for reason in callback.review_reasons],
        scripts=call_scripts(callback, user=user, first_name=needs.person or first_name, rules=rules, now=now)
        if can_work
        else None,
        outcome_groups=_outcome_groups(callback, now, is_late=is_late) if can_work or is_late else [],
        timeline=build_timeline(callback, now, with_notes=mine),
        last_outcome=last_outcome(callback, now),
        sync=sync,
        remote_end="" if is_closed else remote_end,
        concern=concern_view(callback, user=user, is_mine=mine, now=now),
        concern_act=concern_act(callback),
        acts=acts_for(callback, standing),
        colleagues=list(colleagues(callback.clinic).exclude(pk=user.pk)) if mine or standing.is_supervisor else [],
        skip_reasons=_choices(SKIP_REASONS),
        emergency_answers=_choices(EMERGENCY_ANSWERS),
        rule_kinds=_choices(RULE_KINDS),
        relationships=_choices(RELATIONSHIPS),
        languages=_choices(LANGUAGES),
        rules=_rules(rules) if mine else [],
        note=read_draft(callback, user=user),
    )


def _open_numbers(callback: Callback, rules: ContactRules) -> tuple[str | None, str | None]:
    """The number to dial, which is the one the caller asked for instead if there is one, and the one called from."""
    number, called_from = reveal(callback, "phone", "called_from", tag=NUMBER_REVEALED)
    if rules.alternative is not None:
        number = reveal(rules.alternative, "alt_number", tag=NUMBER_REVEALED)[0]
    return number, called_from


def _choices(words: Mapping[Any, Any]) -> list[tuple[str, str]]:
    return [(str(code), str(label)) for code, label in words.items()]


def _rules(rules: ContactRules) -> list[tuple[str, str]]:
    """Code and name of the wishes in force."""
    held = {
        RuleKind.DO_NOT_CALL: rules.do_not_call,
        RuleKind.NO_VOICEMAIL: rules.no_voicemail,
        RuleKind.NO_SMS: rules.no_sms,
        RuleKind.ONLY_HOURS: rules.only_hours is not None,
        RuleKind.ALTERNATIVE_NUMBER: rules.alternative is not None,
    }
    return [(kind.value, str(RULE_KINDS[kind])) for kind, is_held in held.items() if is_held]


def _seconds_left(callback: Callback, now: datetime) -> int:
    return int((callback.lease_expires_at - now).total_seconds()) if callback.lease_expires_at else 0


def _called_from_note(callback: Callback) -> str:
    if not callback.is_called_from_known:
        return _("the number the call came from is unknown")
    if callback.called_from_differs:
        return _("called from another number, revealed with it")
    return _("called from the same number")


def _outcome_groups(callback: Callback, now: datetime, *, is_late: bool) -> list[OutcomeGroup]:
    def preview(outcome: Outcome) -> str:
        return _("Recorded for your earlier call.") if is_late else _preview(callback, outcome, now)

    return [
        OutcomeGroup(
            str(title),
            [OutcomeChoice(code.value, str(OUTCOMES[code]), key, preview(code)) for code, key in choices],
        )
        for title, choices in OUTCOME_GROUPS
    ]


def _preview(callback: Callback, outcome: Outcome, now: datetime) -> str:
    try:
        return preview_step(callback, outcome, now=now).sentence
    except AgreedTimeError as refusal:
        return refusal.sentence
