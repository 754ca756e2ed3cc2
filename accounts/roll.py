"""Accounts' roll: the people of the clinics one administers, with their roles and their times, as pages show them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from accounts.models import Authenticator, Clinic, Invitation, Membership, Role, User
from accounts.sessions import ENDS_AFTER
from audit.events import ACCESS_DENIED, Outcome
from audit.recording import record_event
from audit.reports.after_leaving import disabled_at, seconds_after
from audit.scope import Subject
from lib.errors import NotFoundRefusal

MOMENT = "%d %b %Y, %H:%M"
# How long after somebody left the list still says how soon their access ended; their own page always does.
MEASURED_FOR = timedelta(days=30)
STANDINGS = {
    "here": gettext_lazy("Works here"),
    "coming": gettext_lazy("To come"),
    "left": gettext_lazy("Left"),
    "disabled": gettext_lazy("Disabled"),
    "no-factor": gettext_lazy("No second factor"),
}
_BADGES = {
    "here": ("ok", "check"),
    "coming": ("wait", "clock"),
    "left": ("wait", "arrow-left"),
    "none": ("risk", "warning"),
}


@dataclass(frozen=True)
class RoleRow:
    """One membership; times on its clinic's wall. `state` is here, coming or left."""

    id: UUID
    role: str
    role_label: str
    clinic: str
    state: str
    badge_kind: str
    badge_icon: str
    starts: str
    ends: str


@dataclass(frozen=True)
class PersonRow:
    """One person; nothing of their roles in clinics that are not the reader's."""

    id: UUID
    name: str
    username: str
    email: str
    state: str
    badge_kind: str
    badge_icon: str
    badge_text: str
    roles: list[RoleRow]
    factor: str
    has_factor: bool
    last_sign_in: str
    has_session: bool
    is_active: bool
    is_invited: bool
    # "" unless they left, or their account is off.
    access_ended: str


@dataclass(frozen=True)
class Wanted:
    """What the list is asked for; what is unknown asks for nothing."""

    name: str = ""
    role: str = ""
    standing: str = ""


def within_clinics(clinics: Collection[Clinic] | QuerySet[Clinic]) -> Q:
    """People who belong or belonged to these clinics, and people who belong to none yet."""
    colleagues = Membership.objects.filter(clinic__in=clinics)
    return Q(pk__in=colleagues.values("user")) | ~Q(pk__in=Membership.objects.values("user"))


def access_person(person_id: UUID, *, clinics: Collection[Clinic]) -> User:
    """Somebody of these clinics; anybody else does not exist, and asking is recorded (NotFoundRefusal)."""
    found = User.objects.filter(within_clinics(clinics), pk=person_id).first()
    if found is None:
        exists = User.objects.filter(pk=person_id).exists()
        record_event(
            ACCESS_DENIED,
            obj=Subject("person", str(person_id)),
            outcome=Outcome.MINOR_FAILURE,
            outcome_code="other_clinic" if exists else "not_found",
        )
        raise NotFoundRefusal
    return found


def wanted_people(clinics: Collection[Clinic], wanted: Wanted, *, now: datetime) -> QuerySet[User]:
    """The people a list asks for, by name, ready for `person_rows`."""
    theirs = Membership.objects.filter(user=OuterRef("pk"), clinic__in=clinics)
    here, ahead = Exists(theirs.active(now)), Exists(theirs.not_over(now))
    found = _with_state(User.objects.filter(within_clinics(clinics)), clinics, now)
    if wanted.name:
        found = found.filter(Q(display_name__icontains=wanted.name) | Q(username__icontains=wanted.name))
    if wanted.role:
        found = found.filter(Exists(theirs.not_over(now).filter(role=wanted.role)))
    if wanted.standing == "here":
        found = found.filter(here, is_active=True)
    elif wanted.standing == "coming":
        found = found.filter(~here, ahead, is_active=True)
    elif wanted.standing == "left":
        found = found.filter(~ahead, Exists(theirs), is_active=True)
    elif wanted.standing == "disabled":
        found = found.filter(is_active=False)
    elif wanted.standing == "no-factor":
        found = found.filter(ahead, authenticator__confirmed_at__isnull=True, passkeys__isnull=True, is_active=True)
    return found.order_by("display_name", "username")


def person_row(person: User, clinics: Collection[Clinic], *, now: datetime) -> PersonRow:
    """One person, for their own page, with how soon their access ended however long ago that was."""
    (row,) = person_rows(_with_state(User.objects.filter(pk=person.pk), clinics, now), now=now, measured_for=None)
    return row


def person_rows(
    people: Iterable[User], *, now: datetime, measured_for: timedelta | None = MEASURED_FOR
) -> list[PersonRow]:
    """Rows of people from `wanted_people`; two questions to the trail, whatever their number."""
    people = list(people)
    off = [person.pk for person in people if not person.is_active]
    ends = disabled_at(off) if off else {}
    for person in people:
        periods = [row.ends_at for row in person.memberships.all()]
        last = max((end for end in periods if end is not None), default=None)
        if None not in periods and last is not None and last <= now and not person.works_elsewhere:  # type: ignore[attr-defined]
            ends[person.pk] = min(last, ends.get(person.pk, last))
    measured = {key: end for key, end in ends.items() if measured_for is None or now - end <= measured_for}
    after = seconds_after(measured) if measured else {}
    return [_row(person, now, after.get(person.pk)) for person in people]


def _with_state(people: QuerySet[User], clinics: Collection[Clinic], now: datetime) -> QuerySet[User]:
    """With what a row shows of sign-in, and the memberships of these clinics alone."""
    mine = Membership.objects.filter(clinic__in=clinics).select_related("clinic").order_by("-starts_at", "pk")
    elsewhere = Membership.objects.not_over(now).filter(user=OuterRef("pk")).exclude(clinic__in=clinics)
    return people.annotate(
        has_app=Exists(Authenticator.objects.filter(user=OuterRef("pk"), confirmed_at__isnull=False)),
        passkeys_count=Count("passkeys", distinct=True),
        has_invitation=Exists(Invitation.objects.filter(user=OuterRef("pk"), closed_at__isnull=True)),
        works_elsewhere=Exists(elsewhere),
    ).prefetch_related(Prefetch("memberships", queryset=mine))


def _row(person: User, now: datetime, seconds: float | None) -> PersonRow:
    roles = [_role_row(row, now) for row in person.memberships.all()]
    states = {row.state for row in roles}
    state = next((known for known in ("here", "coming", "left") if known in states), "none")
    kind, icon = _BADGES[state]
    words = {**STANDINGS, "none": _("No role yet")}
    if not person.is_active:
        state, kind, icon = "disabled", "risk", "lock"
    zone = ZoneInfo(person.memberships.all()[0].clinic.time_zone) if roles else ZoneInfo("UTC")
    has_app, passkeys = person.has_app, person.passkeys_count  # type: ignore[attr-defined]
    return PersonRow(
        id=person.pk,
        name=person.display_name,
        username=person.username,
        email=person.email,
        state=state,
        badge_kind=kind,
        badge_icon=icon,
        badge_text=str(words[state]),
        roles=roles,
        factor=_factor(has_app, passkeys),
        has_factor=bool(has_app or passkeys),
        last_sign_in=person.last_login.astimezone(zone).strftime(MOMENT) if person.last_login else "",
        has_session=person.seat is not None and person.last_login is not None and now - person.last_login < ENDS_AFTER,
        is_active=person.is_active,
        is_invited=bool(person.has_invitation) and not person.has_usable_password(),  # type: ignore[attr-defined]
        access_ended="" if seconds is None else _("Access ended %(s).1f s after its time") % {"s": seconds},
    )


def _role_row(row: Membership, now: datetime) -> RoleRow:
    zone = ZoneInfo(row.clinic.time_zone)
    state = "coming" if row.starts_at > now else "left" if row.ends_at is not None and row.ends_at <= now else "here"
    kind, icon = _BADGES[state]
    return RoleRow(
        id=row.pk,
        role=row.role,
        role_label=str(Role(row.role).label),
        clinic=row.clinic.name,
        state=state,
        badge_kind=kind,
        badge_icon=icon,
        starts=row.starts_at.astimezone(zone).strftime(MOMENT),
        ends="" if row.ends_at is None else row.ends_at.astimezone(zone).strftime(MOMENT),
    )


def _factor(has_app: bool, passkeys: int) -> str:
    keys = ngettext("%(n)s passkey", "%(n)s passkeys", passkeys) % {"n": passkeys} if passkeys else ""
    return ", ".join(word for word in (_("App") if has_app else "", keys) if word)
