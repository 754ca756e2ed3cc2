"""Callbacks' notices as people see them: the few that are for them and still matter. No patient data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy

from accounts.models import Clinic, User
from accounts.rights import held_rights
from accounts.roles import CLINICAL_WORK, SUPERVISE_CALLBACKS, WORK_CALLBACKS
from callbacks.models import Audience, Notice, NoticeKind, NoticeReading
from callbacks.scheduling import wording
from callbacks.states import Status

# As the counts of the queue: more than anybody reads.
MOST_SHOWN = 100
RIGHT_OF = {
    Audience.AGENTS: WORK_CALLBACKS,
    Audience.SUPERVISORS: SUPERVISE_CALLBACKS,
    Audience.NURSES: CLINICAL_WORK,
}
_ABOUT: Mapping[str, object] = {
    NoticeKind.DUE_SOON: gettext_lazy("%(ref)s, due %(time)s"),
    NoticeKind.OVERDUE: gettext_lazy("%(ref)s, was due %(time)s"),
    NoticeKind.URGENT_UNTRIED: gettext_lazy("%(ref)s, was due %(time)s"),
    NoticeKind.URGENT_WHILE_CLOSED: gettext_lazy("%(ref)s, called %(time)s"),
    NoticeKind.CONCERN_WAITING: gettext_lazy("%(ref)s, due %(time)s"),
    NoticeKind.CONCERN_OVERDUE: gettext_lazy("%(ref)s, was due %(time)s"),
    NoticeKind.AGREED_NOW: gettext_lazy("%(ref)s, agreed for %(time)s"),
    NoticeKind.UNKEEPABLE: gettext_lazy("%(ref)s, promised by %(time)s"),
    NoticeKind.SKIPPED_OFTEN: gettext_lazy("%(ref)s, waiting since %(time)s"),
    NoticeKind.NO_CALLABLE_TIME: gettext_lazy("%(ref)s, promised by %(time)s"),
    NoticeKind.EMERGENCY_ACCESS: gettext_lazy("%(ref)s, emergency access %(time)s"),
    NoticeKind.FOR_SUPERVISOR: gettext_lazy("%(ref)s, promised by %(time)s"),
}
# Said inside the house only, never in a mail: "clinical" would tell something of the caller.
WHY: Mapping[str, object] = {
    NoticeKind.DUE_SOON: gettext_lazy("Due soon"),
    NoticeKind.OVERDUE: gettext_lazy("Overdue"),
    NoticeKind.URGENT_UNTRIED: gettext_lazy("Urgent, not tried"),
    NoticeKind.URGENT_WHILE_CLOSED: gettext_lazy("Urgent, clinic closed"),
    NoticeKind.CONCERN_WAITING: gettext_lazy("For the clinical team"),
    NoticeKind.CONCERN_OVERDUE: gettext_lazy("Not taken by the clinical team"),
    NoticeKind.AGREED_NOW: gettext_lazy("Agreed time"),
    NoticeKind.UNKEEPABLE: gettext_lazy("Promise cannot be kept"),
    NoticeKind.SKIPPED_OFTEN: gettext_lazy("Skipped three times"),
    NoticeKind.NO_CALLABLE_TIME: gettext_lazy("No opening hours"),
    NoticeKind.EMERGENCY_ACCESS: gettext_lazy("Emergency access"),
    NoticeKind.FOR_SUPERVISOR: gettext_lazy("Only a supervisor may call"),
}


@dataclass(frozen=True)
class NoticeRow:
    """One line of the list."""

    id: UUID
    callback_id: UUID
    text: str
    why: str
    is_unread: bool
    is_pressing: bool


def speak_of(notice: Notice, now: datetime) -> str:
    """`CB-1042, due 13:20`: a reference and a time on the clinic's clock. Needs notice.callback and notice.clinic."""
    time = wording.shortest_clock(notice.about_at, now, notice.clinic.zone)
    return str(_ABOUT[notice.kind]) % {"ref": notice.callback.ref, "time": time}


def notice_rows(clinic: Clinic, *, user: User, now: datetime) -> list[NoticeRow]:
    """What needs this person in a clinic, unread first, newest first."""
    shown = _standing(clinic, user).select_related("callback", "clinic").annotate(is_read=_is_read_by(user))
    return [
        NoticeRow(
            id=notice.pk,
            callback_id=notice.callback_id,
            text=speak_of(notice, now),
            why=str(WHY[notice.kind]),
            is_unread=not notice.is_read,
            is_pressing=notice.kind not in {NoticeKind.DUE_SOON, NoticeKind.AGREED_NOW},
        )
        for notice in shown.order_by("is_read", "-raised_at", "pk")[:MOST_SHOWN]
    ]


def unread_count(clinic: Clinic, *, user: User) -> int:
    """How many of them the person has not marked as read; counted up to the length of the list."""
    return _standing(clinic, user).exclude(_is_read_by(user))[:MOST_SHOWN].count()


def notices_for(user: User, clinic: Clinic) -> QuerySet[Notice]:
    """All that were ever for this person in a clinic."""
    rights = held_rights(user).permissions(clinic_id=clinic.pk)
    theirs = [audience for audience, right in RIGHT_OF.items() if right in rights]
    return Notice.objects.filter(Q(audience__in=theirs) | Q(person=user), clinic=clinic)


def _standing(clinic: Clinic, user: User) -> QuerySet[Notice]:
    """Those that still matter: nobody has closed the callback, nor tried it since."""
    untried_since = Q(callback__last_attempt_at__isnull=True) | Q(callback__last_attempt_at__lt=F("raised_at"))
    return notices_for(user, clinic).filter(untried_since).exclude(callback__status=Status.CLOSED)


def _is_read_by(user: User) -> Exists:
    return Exists(NoticeReading.objects.filter(notice=OuterRef("pk"), person=user))
