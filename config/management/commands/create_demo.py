"""`manage.py create_demo`: a clinic with hours, a second clinic, and the cast of people to try Ringback with."""

import json
import os
import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import Clinic, Membership, Role, User
from accounts.services.second_factor import give_authenticator
from audit.background import service_scope
from audit.events import DEMO_CREATED, Purpose
from audit.recording import record_change
from audit.scope import Subject
from callbacks.models import ClinicPeriod
from config import env
from intake.models import Line

RIVERSIDE, HILLTOP = "Riverside Family Clinic", "Hilltop Clinic"
CAST = (
    ("ana", "Ana", Role.AGENT, RIVERSIDE),
    ("ben", "Ben", Role.AGENT, RIVERSIDE),
    ("nadia", "Nadia", Role.NURSE, RIVERSIDE),
    ("sam", "Sam", Role.SUPERVISOR, RIVERSIDE),
    ("olu", "Olu", Role.OFFICER, RIVERSIDE),
    ("max", "Max", Role.ADMINISTRATOR, RIVERSIDE),
    ("cleo", "Cleo", Role.AGENT, HILLTOP),
)
# Minutes since midnight. Riverside rests at lunch; the demo keeps Saturdays, so that a weekend visitor sees work.
RIVERSIDE_PERIODS = [(day, *span) for day in range(6) for span in ((8 * 60, 12 * 60), (13 * 60, 18 * 60))]
HILLTOP_PERIODS = [(day, 9 * 60, 17 * 60) for day in range(5)]


class Command(BaseCommand):
    help = "Create the demo clinics and accounts (development settings only); does nothing when they exist."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--show", action="store_true", help="print the accounts again, without creating anything")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        if not settings.DEMO:
            raise CommandError("Demo accounts exist under development settings only.")
        if not options["show"] and not Clinic.objects.exists():
            self._create()
        if options["show"]:
            self._show()

    def _create(self) -> None:
        fixed = env.text("RINGBACK_DEMO_PASSWORD")
        passwords = {username: fixed or secrets.token_urlsafe(9) for username, *_ in CAST}
        totp_secrets: dict[str, str] = {}
        with service_scope("manage.py create_demo", route="create_demo", purpose=Purpose.SYSTEM_ADMINISTRATION):
            with transaction.atomic():
                clinics = {
                    RIVERSIDE: _clinic(RIVERSIDE, "Riverside Clinic", "+12025550100", RIVERSIDE_PERIODS),
                    HILLTOP: _clinic(HILLTOP, "Hilltop", "+12025550160", HILLTOP_PERIODS),
                }
                Line.objects.create(clinic=clinics[RIVERSIDE], name="main", is_default=True)
                for username, display_name, role, clinic_name in CAST:
                    person = User.objects.create_user(
                        username,
                        passwords[username],
                        display_name=display_name,
                        is_staff=role != Role.OFFICER,
                    )
                    Membership.objects.create(user=person, clinic=clinics[clinic_name], role=role)
                    if settings.MFA_REQUIRED:
                        # Nobody has their telephone: whoever tries the demo puts the secret into an app of their own.
                        totp_secrets[username] = give_authenticator(person)
                record_change(DEMO_CREATED, obj=Subject("clinic", str(clinics[RIVERSIDE].pk)))
            _write_accounts(passwords, totp_secrets)

    def _show(self) -> None:
        path = accounts_path()
        if not path.exists():
            raise CommandError(f"{path} is gone; delete the data folder to start a new demo.")
        self.stdout.write("Demo accounts (also in " + str(path) + "):")
        for account in json.loads(path.read_text(encoding="utf-8")):
            line = f"  {account['username']:<6} {account['password']:<14} {account['role']:<18} {account['clinic']}"
            secret = account.get("totp_secret")
            self.stdout.write(f"{line:<66} app key {secret}" if secret else line)


def accounts_path() -> Path:
    return Path(settings.DATA_DIR) / "demo-accounts.json"


def _clinic(name: str, neutral_name: str, main_number: str, periods: list[tuple[int, int, int]]) -> Clinic:
    clinic = Clinic.objects.create(name=name, neutral_name=neutral_name, main_number=main_number)
    ClinicPeriod.objects.bulk_create(
        ClinicPeriod(clinic=clinic, weekday=day, opens_minute=opens, closes_minute=closes)
        for day, opens, closes in periods
    )
    return clinic


def _write_accounts(passwords: dict[str, str], totp_secrets: dict[str, str]) -> None:
    """0600 from the first byte: created, not chmodded."""
    accounts = [
        {"username": username, "password": passwords[username], "role": str(Role(role).label), "clinic": clinic}
        | ({"totp_secret": totp_secrets[username]} if username in totp_secrets else {})
        for username, _, role, clinic in CAST
    ]
    path = accounts_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(accounts, file, indent=1)
