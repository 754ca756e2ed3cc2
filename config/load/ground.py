"""Config's load, the ground: which desk may be filled, and the clinics and people that the invented work belongs to."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection

from accounts.models import Clinic, Membership, Role, User
from audit.providers import Actor
from callbacks.models import Callback, ClinicPeriod
from config.first_start import REPOSITORY


class LoadRefusedError(Exception):
    """A desk that is not to be filled; the text says why."""


@dataclass(frozen=True)
class Ground:
    """One clinic and who works there."""

    clinic: Clinic
    staff: tuple[UUID, ...]
    actors: tuple[Actor, ...]


def check_may_fill(*, is_told: bool) -> None:
    """Raise LoadRefusedError for a desk that is somebody's: production always, one with callbacks always, and without
    being told (`is_told`) the checkout's own `var/` and any database that is not reached by a socket on this machine.
    """
    if not settings.DEMO:
        raise LoadRefusedError("These are production settings: such a desk is never filled with invented callers.")
    host = str(connection.settings_dict["HOST"])
    is_throwaway = Path(settings.DATA_DIR) != REPOSITORY / "var" and host.startswith("/")
    if not is_throwaway and not is_told:
        raise LoadRefusedError(
            "This is not a data folder of its own (RINGBACK_DATA) with a database beside it."
            " To fill it all the same: --yes-fill-this-database"
        )
    if Callback.objects.exists():
        raise LoadRefusedError("This desk has callbacks. Start with an empty one: a new folder in RINGBACK_DATA.")


def make_ground(clinics: int) -> list[Ground]:
    """The first `clinics` clinics there are, with more made where there are fewer; open every day from 8 to 20."""
    found = list(Clinic.objects.order_by("pk")[:clinics])
    found += [_made(number) for number in range(len(found) + 1, clinics + 1)]
    return [_ground(clinic) for clinic in found]


def _made(number: int) -> Clinic:
    clinic = Clinic.objects.create(
        name=f"Load Clinic {number}", neutral_name=f"Clinic {number}", main_number="+12025550100"
    )
    ClinicPeriod.objects.bulk_create(
        ClinicPeriod(clinic=clinic, weekday=day, opens_minute=8 * 60, closes_minute=20 * 60) for day in range(7)
    )
    return clinic


def _ground(clinic: Clinic) -> Ground:
    working = Membership.objects.filter(clinic=clinic, role__in=(Role.AGENT, Role.SUPERVISOR, Role.NURSE))
    people = {member.user_id: member for member in working.select_related("user").order_by("user_id")}
    if not people:
        # Nobody can sign in as them: they have no password.
        person = User.objects.create(username=f"load-{clinic.pk.hex[-12:]}", display_name="Invented")
        people = {person.pk: Membership.objects.create(user=person, clinic=clinic, role=Role.AGENT)}
    actors = tuple(
        Actor(kind="human", id=str(member.user_id), label=member.user.username, roles=(member.role,))
        for member in people.values()
    )
    return Ground(clinic, tuple(people), actors)
