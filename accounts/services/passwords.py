"""Accounts' passwords: a person chooses another one; length counts, not signs, and what everybody uses is refused."""

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts.models import Invitation, User
from audit.events import PASSWORD_CHANGED
from audit.recording import record_change
from audit.scope import Subject
from lib import clock


def change_password(person: User, password: str) -> None:
    """Set it, and void an open invitation, which could still set another; recorded. The caller ends other sessions.

    Raises ValidationError for one that is too short, too common or too like the person's names; nothing changes then.
    """
    validate_password(password, person)
    with transaction.atomic():
        person.set_password(password)
        person.save(update_fields=["password"])
        Invitation.objects.filter(user=person, closed_at=None).update(closed_at=clock.now())
        record_change(PASSWORD_CHANGED, obj=Subject("person", str(person.pk)), fields=["password"])
