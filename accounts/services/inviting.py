"""Accounts' invitations: an administrator makes a person, and only that person ever knows their password."""

import secrets
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts.models import Invitation, User
from accounts.sessions import acting, end_everywhere
from audit.events import INVITATION_ACCEPTED, PERSON_INVITED
from audit.recording import record_change
from audit.scope import Subject
from lib import clock
from lib.digests import keyed_digest, keyed_digests

GOOD_FOR = timedelta(hours=72)
CODE_BYTES = 24
_DUTY = "accounts.invitation"


def invite(person: User) -> str:
    """Make a code with which the person chooses a password, good once and for 72 hours; it voids any older one.

    The code is returned to be shown once and kept nowhere. Recorded; never with the code.
    """
    now, code = clock.now(), secrets.token_urlsafe(CODE_BYTES)
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=person.pk)
        Invitation.objects.filter(user=person, closed_at=None).update(closed_at=now)
        made = Invitation.objects.create(
            user=person, digest=keyed_digest(_DUTY, code), made_at=now, expires_at=now + GOOD_FOR
        )
        record_change(PERSON_INVITED, obj=_subject(person), details={"invitation": str(made.pk)})
    return code


def find_invited(code: str) -> User | None:
    """Whom an invitation is for, while it is good and its person is not disabled."""
    found = Invitation.objects.filter(
        digest__in=keyed_digests(_DUTY, code), closed_at=None, expires_at__gt=clock.now(), user__is_active=True
    )
    invitation = found.select_related("user").first()
    return None if invitation is None else invitation.user


def accept_invitation(code: str, password: str) -> User | None:
    """Use the invitation up and set its person's password; None when somebody was faster or it is not good any more.

    Every session of the person ends. Raises ValidationError for a password that is too short or too common: the
    invitation then stays good. A second factor stays what it is (ASVS 6.4.3).
    """
    with transaction.atomic():
        person = find_invited(code)
        if person is None:
            return None
        validate_password(password, person)
        open_ones = Invitation.objects.filter(digest__in=keyed_digests(_DUTY, code), closed_at=None)
        if open_ones.update(closed_at=clock.now()) != 1:
            return None
        acting(person, "invitation")
        person.set_password(password)
        person.save(update_fields=["password"])
        record_change(INVITATION_ACCEPTED, obj=_subject(person), fields=["password"])
        if person.seat is not None:
            end_everywhere(person, reason="password_changed")
        return person


def _subject(person: User) -> Subject:
    return Subject("person", str(person.pk))
