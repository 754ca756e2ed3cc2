"""Accounts' people: what an administrator does to somebody's account, always recorded and never to their own.

An account serves every clinic its person works in. So whoever disables it, invites anew or takes a factor away must
administer all of these: else one clinic's administrator could open another's desk in a colleague's name.
"""

from django.db import transaction

from accounts.models import Clinic, Membership, User
from accounts.rights import held_rights
from accounts.roles import ADMINISTER
from accounts.services.inviting import invite
from accounts.services.memberships import give_role
from accounts.services.second_factor import forget_factor
from accounts.sessions import end_everywhere
from audit.events import ADMIN_RECORD_CHANGED, PERSON_DISABLED, PERSON_ENABLED, SECOND_FACTOR_RESET
from audit.recording import record_change
from audit.scope import Subject
from lib import clock
from lib.errors import Refusal


class OwnAccountRefusal(Refusal):
    code = "own_account"
    status = 403
    sentence = "Nobody does this to their own account; ask another administrator."


class WorksElsewhereRefusal(Refusal):
    code = "works_elsewhere"
    status = 403
    sentence = (
        "They also work in a clinic that is not yours: end their roles here, and ask who runs this installation."
    )


def check_runs_account(person: User, *, acting_user: User) -> None:
    """Raise OwnAccountRefusal or WorksElsewhereRefusal unless the acting person may do something to the whole account."""
    if person.pk == acting_user.pk:
        raise OwnAccountRefusal
    mine = [clinic.pk for clinic in held_rights(acting_user).clinics_with(ADMINISTER)]
    if Membership.objects.not_over(clock.now()).filter(user=person).exclude(clinic__in=mine).exists():
        raise WorksElsewhereRefusal


def make_person(
    *, username: str, display_name: str, email: str, clinic: Clinic, role: str, acting_user: User
) -> tuple[User, str]:
    """Somebody new with a role from now on, and the code of their invitation, to be shown once. All of it recorded.

    The user name is free: callers have validated the fields. Raises what `give_role` raises.
    """
    with transaction.atomic():
        person = User.objects.create_user(username, None, display_name=display_name, email=email)
        record_change(
            ADMIN_RECORD_CHANGED,
            obj=_subject(person),
            fields=["username", "display_name", "email"],
            clinic_id=clinic.pk,
            details={"made": True},
        )
        give_role(person=person, clinic=clinic, role=role, acting_user=acting_user)
        return person, invite(person)


def invite_anew(person: User, *, acting_user: User) -> str:
    """A new link for somebody of one's own, returned to be shown once. Raises as `check_runs_account`."""
    check_runs_account(person, acting_user=acting_user)
    return invite(person)


def disable_person(person: User, *, acting_user: User) -> None:
    """Nobody signs in by this account any more, its sessions are over, and what it held goes back. Recorded."""
    check_runs_account(person, acting_user=acting_user)
    with transaction.atomic():
        person.is_active = False
        person.save(update_fields=["is_active"])
        record_change(PERSON_DISABLED, obj=_subject(person), fields=["is_active"])
        end_everywhere(person, reason="disabled")


def enable_person(person: User, *, acting_user: User) -> None:
    """The account works again, with the roles that are in force; no session of before revives. Recorded."""
    check_runs_account(person, acting_user=acting_user)
    with transaction.atomic():
        person.is_active = True
        person.save(update_fields=["is_active"])
        record_change(PERSON_ENABLED, obj=_subject(person), fields=["is_active"])


def end_sessions(person: User) -> None:
    """Whoever is signed in as this person is out with the next request. Recorded."""
    with transaction.atomic():
        end_everywhere(person, reason="administrator")


def reset_factor(person: User, *, acting_user: User) -> None:
    """A lost second factor is taken away and every session ends; the next sign-in sets a new one up. Recorded.

    Raises as `check_runs_account`. Until then a password alone still opens nothing.
    """
    check_runs_account(person, acting_user=acting_user)
    with transaction.atomic():
        forget_factor(person)
        record_change(
            SECOND_FACTOR_RESET, obj=_subject(person), fields=["authenticator", "recovery_codes", "passkeys"]
        )
        end_everywhere(person, reason="factor_changed")


def _subject(person: User) -> Subject:
    return Subject("person", str(person.pk))
