"""Accounts' memberships: who joins, moves and leaves. Each role in a clinic has its time, and each change its event.

Rights follow the rows by themselves (accounts.rights reads those in force at every request): nothing here has to happen
at the instant a role begins or ends. Instants are UTC; one that is past means now, because nobody held a right before
it was given and nobody lost one before that was decided.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.guards import require_right
from accounts.models import Clinic, Membership, Role, User
from accounts.roles import ADMINISTER
from audit.events import ROLE_CHANGED, ROLE_ENDED, ROLE_GIVEN, ROLE_WITHDRAWN, Tag
from audit.recording import record_change
from audit.scope import Subject
from lib import clock
from lib.errors import Refusal


class OwnRolesRefusal(Refusal):
    code = "own_roles"
    status = 403
    sentence = "Nobody changes his own roles; ask another administrator."


class RoleTimesRefusal(Refusal):
    code = "role_times"
    status = 422
    sentence = "A role ends after it begins."


class SameRoleRefusal(Refusal):
    code = "same_role"
    status = 422
    sentence = "They have this role in this clinic already, in a part of that time."


class RoleOverRefusal(Refusal):
    code = "role_over"
    status = 409
    sentence = "This role has ended. Give it anew if they need it again."


def check_may_give(
    *,
    person: User,
    clinic: Clinic,
    role: str,
    starts_at: datetime | None,
    ends_at: datetime | None,
    acting_user: User,
    beside: Membership | None = None,
) -> tuple[datetime, datetime | None]:
    """The role's time, begun now at the earliest; `beside` is a membership that makes room for it.

    Raises NotFoundRefusal for a clinic that is not the acting person's, OwnRolesRefusal, RoleTimesRefusal,
    SameRoleRefusal.
    """
    require_right(acting_user, ADMINISTER, clinic_id=clinic.pk)
    if person.pk == acting_user.pk:
        raise OwnRolesRefusal
    begins = max(starts_at or clock.now(), clock.now())
    if ends_at is not None and ends_at <= begins:
        raise RoleTimesRefusal
    same = Membership.objects.filter(user=person, clinic=clinic, role=role)
    if beside is not None:
        same = same.exclude(pk=beside.pk)
    same = same.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=begins))
    if (same if ends_at is None else same.filter(starts_at__lt=ends_at)).exists():
        raise SameRoleRefusal
    return begins, ends_at


def check_may_end(membership: Membership, *, acting_user: User, right: str = ADMINISTER) -> Membership:
    """The membership as it stands in the database, for somebody who may end or change it by that right.

    Raises NotFoundRefusal for another clinic's, OwnRolesRefusal, RoleOverRefusal.
    """
    require_right(acting_user, right, clinic_id=membership.clinic_id)
    if membership.user_id == acting_user.pk:
        raise OwnRolesRefusal
    found = Membership.objects.select_related("user", "clinic").filter(pk=membership.pk).first()
    if found is None or (found.ends_at is not None and found.ends_at <= clock.now()):
        raise RoleOverRefusal
    return found


def give_role(
    *,
    person: User,
    clinic: Clinic,
    role: str,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    acting_user: User,
) -> Membership:
    """Somebody joins: a role in a clinic from `starts_at` (or now) until `ends_at` (or for good). Recorded.

    Raises what `check_may_give` raises.
    """
    with transaction.atomic():
        _lock(person)
        begins, ends = check_may_give(
            person=person, clinic=clinic, role=role, starts_at=starts_at, ends_at=ends_at, acting_user=acting_user
        )
        made = Membership.objects.create(user=person, clinic=clinic, role=role, starts_at=begins, ends_at=ends)
        _record(ROLE_GIVEN, made, starts_at=begins, ends_at=ends)
        return made


def change_role(membership: Membership, role: str, *, at: datetime | None = None, acting_user: User) -> Membership:
    """Somebody moves: from `at` (or now) this role ends and another takes its place for what is left of its time.

    A role that has not begun by then is withdrawn. Recorded once, with both roles. Raises what `check_may_give`
    raises, RoleOverRefusal.
    """
    with transaction.atomic():
        old = _locked(membership, acting_user)
        moves_at = max(at or clock.now(), clock.now())
        if old.ends_at is not None and old.ends_at <= moves_at:
            raise RoleOverRefusal
        if role == old.role:
            raise SameRoleRefusal
        begins, ends = check_may_give(
            person=old.user,
            clinic=old.clinic,
            role=role,
            starts_at=max(moves_at, old.starts_at),
            ends_at=old.ends_at,
            acting_user=acting_user,
            beside=old,
        )
        new = Membership.objects.create(user=old.user, clinic=old.clinic, role=role, starts_at=begins, ends_at=ends)
        _record(ROLE_CHANGED, new, starts_at=begins, ends_at=ends, replaced=(old.role, str(old.pk)))
        # Where the one begins the other ends: no instant with both, and none without either.
        _close(old, begins)
        return new


def end_role(
    membership: Membership, *, at: datetime | None = None, acting_user: User, right: str = ADMINISTER
) -> None:
    """Somebody leaves: the role ends at `at` (or now). One that has not begun by then is withdrawn. Recorded.

    An end that was set may be moved until it has come. From its end on the person reaches nothing by this role, in a
    session under way too. `right` is what an officer ends it by in a review. Raises NotFoundRefusal, OwnRolesRefusal, RoleOverRefusal.
    """
    with transaction.atomic():
        found = _locked(membership, acting_user, right)
        ends_at = max(at or clock.now(), clock.now())
        if found.starts_at >= ends_at:
            _record(ROLE_WITHDRAWN, found, starts_at=found.starts_at)
        else:
            _record(ROLE_ENDED, found, ends_at=ends_at)
        _close(found, ends_at)


def _lock(person: User) -> None:
    """One change of a person's roles at a time: two of them at once could give the same role twice."""
    User.objects.select_for_update().only("pk").get(pk=person.pk)


def _locked(membership: Membership, acting_user: User, right: str = ADMINISTER) -> Membership:
    """The membership as it is now, for somebody who may change it. Raises what `check_may_end` raises."""
    _lock(membership.user)
    return check_may_end(membership, acting_user=acting_user, right=right)


def _close(membership: Membership, at: datetime) -> None:
    """A role that never was in force leaves no row, because a row is a time; the trail keeps who wanted it."""
    if membership.starts_at >= at:
        membership.delete()
        return
    membership.ends_at = at
    membership.save(update_fields=["ends_at"])


def _record(
    tag: Tag,
    membership: Membership,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    replaced: tuple[str, str] | None = None,
) -> None:
    details: dict[str, str | int | list[str]] = {"user": str(membership.user_id), "role": Role(membership.role).value}
    if starts_at is not None:
        details["starts_at"] = starts_at.isoformat()
    if ends_at is not None:
        details["ends_at"] = ends_at.isoformat()
    if replaced is not None:
        details["instead_of"], details["membership"] = replaced
    record_change(tag, obj=Subject("membership", str(membership.pk)), clinic_id=membership.clinic_id, details=details)
