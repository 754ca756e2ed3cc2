"""`manage.py invite`: the way in for the first administrator of a clinic, and for one whom nobody else can help."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse

from accounts.models import Clinic, Membership, Role, User
from accounts.services.inviting import invite
from accounts.services.second_factor import forget_factor
from accounts.sessions import end_everywhere
from audit.background import service_scope
from audit.events import ADMIN_RECORD_CHANGED, SECOND_FACTOR_RESET, Purpose
from audit.recording import record_change
from audit.scope import Subject


class Command(BaseCommand):
    help = "Make an administrator of a clinic (and the clinic), or invite an existing person anew; prints a link."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--clinic", help="name of the clinic a new person administers; made if there is none")
        parser.add_argument("--display-name", help="what colleagues call a new person; the user name if not given")
        parser.add_argument("--reset-factor", action="store_true", help="take a lost second factor away as well")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        with (
            service_scope("manage.py invite", route="invite", purpose=Purpose.SYSTEM_ADMINISTRATION),
            transaction.atomic(),
        ):
            person = User.objects.filter(username__iexact=options["username"]).first()
            if person is None:
                person = _new_administrator(options["username"], options["display_name"], options["clinic"])
            if options["reset_factor"]:
                forget_factor(person)
                record_change(SECOND_FACTOR_RESET, obj=Subject("person", str(person.pk)), fields=["authenticator"])
                end_everywhere(person, reason="factor_changed")
            code = invite(person)
        house = getattr(settings, "PUBLIC_URL", "").rstrip("/")
        self.stdout.write(f"{house}{reverse('accounts:invitation')}#{code}")


def _new_administrator(username: str, display_name: str | None, clinic_name: str | None) -> User:
    if not clinic_name:
        raise CommandError(f"Nobody is called {username}; name the clinic (--clinic) they shall administer.")
    clinic, _ = Clinic.objects.get_or_create(name=clinic_name, defaults={"neutral_name": clinic_name})
    person = User.objects.create_user(username, None, display_name=display_name or username, is_staff=True)
    membership = Membership.objects.create(user=person, clinic=clinic, role=Role.ADMINISTRATOR)
    for kind, row in (("person", person), ("membership", membership)):
        record_change(
            ADMIN_RECORD_CHANGED,
            obj=Subject(kind, str(row.pk)),
            clinic_id=clinic.pk,
            details={"made": True, "user": str(person.pk), "role": Role.ADMINISTRATOR.value},
        )
    return person
