"""Callbacks' noticing: who must be told that a callback needs them, decided by the clock and told once.

Notices are raised while the clinic is open, so that nobody is called to a desk that is shut. Two are not: "no hours at
all" is told whenever it is found, because a clinic without hours never opens; and people a clinic has put on call hear at
once of an urgent call that nobody has tried while it is closed.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import Clinic, Role, User
from audit.events import ACCESS_DENIED, Outcome
from audit.recording import record_event
from audit.scope import Subject
from callbacks.calendars import clinic_calendar
from callbacks.models import Audience, Callback, Notice, NoticeKind, NoticeMail, NoticeReading
from callbacks.queries.noticed import notices_for
from callbacks.queries.ready import not_for_supervisor, not_held, not_waiting
from callbacks.requests import Urgency
from callbacks.scheduling.clock_badge import CRITICAL
from callbacks.scheduling.due import PromiseFlag
from callbacks.scheduling.hours import advance_callable, is_open
from callbacks.states import CallbackFlag, Status, WaitReason
from lib import clock
from lib.errors import NotFoundRefusal

FRONT_DESK = (Status.OPEN, Status.NEEDS_REVIEW)
AT_WORK = (Role.AGENT, Role.NURSE, Role.SUPERVISOR)


class Need(NamedTuple):
    """One callback needs one audience: what makes a notice the same notice."""

    callback_id: UUID
    kind: NoticeKind
    audience: Audience
    about_at: datetime
    person_id: UUID | None = None


def raise_notices() -> int:
    """Tell every audience what needs it now and was not told before; how many notices were raised.

    Safe beside another run: one row a notice is the database's word.
    """
    waiting = Callback.objects.exclude(status=Status.CLOSED).values("clinic_id")
    return sum(_raise_for(clinic, clock.now()) for clinic in Clinic.objects.filter(pk__in=waiting))


def _raise_for(clinic: Clinic, now: datetime) -> int:
    rows = Callback.objects.filter(clinic=clinic).exclude(status=Status.CLOSED)
    needs = list(_without_hours(rows))
    if is_open(clinic_calendar(clinic), now):
        needs += [
            *_by_due_time(rows, clinic, now),
            *_by_concern(rows, now),
            *_by_agreement(rows, now),
            *_by_flag(rows),
        ]
    else:
        needs += _on_call(rows, clinic, now)
    told = Notice.objects.filter(callback__in={need.callback_id for need in needs})
    known = set(told.values_list("callback_id", "kind", "audience", "about_at", "person_id"))
    new = [
        Notice(clinic=clinic, raised_at=now, **need._asdict()) for need in dict.fromkeys(needs) if need not in known
    ]
    if not new:
        return 0
    with transaction.atomic():
        Notice.objects.bulk_create(new, ignore_conflicts=True)
        # What another run raised at this moment has its own id.
        raised = list(Notice.objects.filter(pk__in=[notice.pk for notice in new]))
        _mail(clinic, raised, now)
    return len(raised)


def _needs(rows: QuerySet[Callback], kind: NoticeKind, about_at: F | Coalesce, *audiences: Audience) -> Iterator[Need]:
    for callback_id, at in rows.annotate(about=about_at).values_list("pk", "about"):
        for audience in audiences:
            yield Need(callback_id, kind, audience, at)


def _by_due_time(rows: QuerySet[Callback], clinic: Clinic, now: datetime) -> Iterator[Need]:
    """Nobody works on it, nothing holds it back, and its time runs out or has run out."""
    idle = rows.filter(not_held(now), not_waiting(now), status__in=FRONT_DESK)
    is_untried_urgent = Q(urgency=Urgency.URGENT, first_attempt_at__isnull=True)
    soon = idle.filter(_soon(rows, clinic, now), due_at__gt=now).exclude(wait_reason=WaitReason.AGREED)
    yield from _needs(soon, NoticeKind.DUE_SOON, F("due_at"), Audience.AGENTS)
    over = idle.filter(due_at__lte=now)
    yield from _needs(over.exclude(is_untried_urgent), NoticeKind.OVERDUE, F("due_at"), Audience.SUPERVISORS)
    # An urgent call is due when 30 open minutes have passed.
    urgent = over.filter(is_untried_urgent)
    yield from _needs(urgent, NoticeKind.URGENT_UNTRIED, F("due_at"), Audience.SUPERVISORS, Audience.NURSES)


def _soon(rows: QuerySet[Callback], clinic: Clinic, now: datetime) -> Q:
    """Due within 30 callable minutes. Callers share a handful of zones, so these few are reckoned here."""
    soon = Q(pk__in=[])
    for names in rows.order_by().values_list("zone_names", flat=True).distinct():
        until = advance_callable(clinic_calendar(clinic), now, CRITICAL, tuple(ZoneInfo(name) for name in names))
        if until is not None:
            soon |= Q(zone_names=names, due_at__lte=until)
    return soon


def _by_concern(rows: QuerySet[Callback], now: datetime) -> Iterator[Need]:
    """With the clinical team, and none of them has taken it."""
    unaccepted = rows.filter(
        not_held(now), status=Status.ESCALATED, concerns__settled_at__isnull=True, concerns__accepted_at__isnull=True
    )
    clock_ends = Coalesce("due_at", "concerns__raised_at")
    yield from _needs(unaccepted, NoticeKind.CONCERN_WAITING, clock_ends, Audience.NURSES)
    over = unaccepted.filter(due_at__lte=now)
    yield from _needs(over, NoticeKind.CONCERN_OVERDUE, clock_ends, Audience.NURSES, Audience.SUPERVISORS)


def _by_agreement(rows: QuerySet[Callback], now: datetime) -> Iterator[Need]:
    """The time a caller agreed on has come: for whoever agreed on it, and after ten minutes for all."""
    come = rows.filter(not_held(now), status=Status.OPEN, wait_reason=WaitReason.AGREED, not_before__lte=now)
    kept = come.filter(reserved_until__gt=now).exclude(preferred_agent=None)
    for callback_id, at, person_id in kept.values_list("pk", "not_before", "preferred_agent"):
        if at is not None:
            yield Need(callback_id, NoticeKind.AGREED_NOW, Audience.PERSON, at, person_id)
    free = come.filter(Q(reserved_until__isnull=True) | Q(reserved_until__lte=now))
    yield from _needs(free, NoticeKind.AGREED_NOW, F("not_before"), Audience.AGENTS)


def _by_flag(rows: QuerySet[Callback]) -> Iterator[Need]:
    """What only a supervisor can help: a promise that hours do not allow, a caller passed on again and again, a confidence."""
    unkeepable = rows.filter(flags__contains=[PromiseFlag.PROMISE_UNKEEPABLE], first_attempt_at__isnull=True)
    yield from _needs(unkeepable, NoticeKind.UNKEEPABLE, F("promised_by"), Audience.SUPERVISORS)
    skipped = rows.filter(flags__contains=[CallbackFlag.SKIPPED_OFTEN])
    # Skips are counted since the last attempt.
    since = Coalesce("last_attempt_at", "received_at")
    yield from _needs(skipped, NoticeKind.SKIPPED_OFTEN, since, Audience.SUPERVISORS)
    confidential = rows.exclude(not_for_supervisor()).filter(status__in=FRONT_DESK)
    yield from _needs(confidential, NoticeKind.FOR_SUPERVISOR, F("promised_by"), Audience.SUPERVISORS)


def _without_hours(rows: QuerySet[Callback]) -> Iterator[Need]:
    lost = rows.filter(flags__contains=[PromiseFlag.NO_CALLABLE_TIME])
    yield from _needs(lost, NoticeKind.NO_CALLABLE_TIME, F("promised_by"), Audience.SUPERVISORS)


def _on_call(rows: QuerySet[Callback], clinic: Clinic, now: datetime) -> Iterator[Need]:
    """Urgent and untried, whether it came to a closed clinic or the clinic closed over it: for each person on call.

    It speaks of when the caller rang, which no edited hours move: nobody is woken twice.
    """
    urgent = rows.filter(not_held(now), status__in=FRONT_DESK, urgency=Urgency.URGENT, first_attempt_at__isnull=True)
    people = _people(clinic, now, *AT_WORK).filter(pk__in=clinic.on_call.active(now).values("person"))
    for person_id in people.values_list("pk", flat=True):
        for callback_id, at in urgent.values_list("pk", "received_at"):
            yield Need(callback_id, NoticeKind.URGENT_WHILE_CLOSED, Audience.PERSON, at, person_id)


def _people(clinic: Clinic, now: datetime, *roles: Role) -> QuerySet[User]:
    memberships = clinic.memberships.active(now).filter(role__in=roles)
    return User.objects.filter(memberships__in=memberships, is_active=True).distinct()


def _mail(clinic: Clinic, notices: list[Notice], now: datetime) -> None:
    """Supervisors, and who is on call, get theirs by e-mail too if they have an address and the house sends any."""
    if not (settings.NOTICES_BY_MAIL and notices):
        return
    reachable = set(_people(clinic, now, *AT_WORK).exclude(email="").values_list("pk", flat=True))
    supervisors = reachable & set(_people(clinic, now, Role.SUPERVISOR).values_list("pk", flat=True))
    NoticeMail.objects.bulk_create(
        NoticeMail(notice=notice, person_id=person_id, next_try_at=now)
        for notice in notices
        for person_id in (supervisors if notice.audience == Audience.SUPERVISORS else reachable & _woken(notice))
    )


def _woken(notice: Notice) -> set[UUID]:
    """Whom a notice about one person's work may reach outside the house: who is on call, and nobody else."""
    if notice.kind != NoticeKind.URGENT_WHILE_CLOSED or notice.person_id is None:
        return set()
    return {notice.person_id}


def mark_read(ids: Collection[UUID], *, clinic: Clinic, acting_user: User) -> None:
    """Note that a person has seen these notices of the clinic; twice is once.

    Raises NotFoundRefusal, recorded, when one of them is not theirs or does not exist; nothing is marked then.
    """
    theirs = list(notices_for(acting_user, clinic).filter(pk__in=ids))
    foreign = sorted(set(ids) - {notice.pk for notice in theirs})
    if foreign:
        record_event(
            ACCESS_DENIED,
            obj=Subject("notice", str(foreign[0])),
            clinic_id=Notice.objects.filter(pk=foreign[0]).values_list("clinic_id", flat=True).first(),
            outcome=Outcome.MINOR_FAILURE,
            outcome_code="not_found",
        )
        raise NotFoundRefusal
    NoticeReading.objects.bulk_create(
        [NoticeReading(notice=notice, person=acting_user, read_at=clock.now()) for notice in theirs],
        ignore_conflicts=True,
    )
