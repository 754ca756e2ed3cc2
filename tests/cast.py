"""Tests' cast: people with names and jobs instead of user1 and user2, and two clinics that must not meet.

Ana and Ben work the front desk of Riverside, Nadia is its nurse, Sam supervises, Olu is the compliance officer, Max
administers and sees no patient data; Cleo works the front desk of Hilltop.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.models import Clinic, Membership, Role, User
from callbacks.models import ClinicPeriod
from intake.models import Line

PASSWORD = "a long enough password for tests"

# A Tuesday, 10:12 in New York: Riverside is open.
OPEN_TUESDAY = datetime(2026, 11, 24, 15, 12, tzinfo=UTC)


@dataclass
class Cast:
    """The people and clinics of a test."""

    riverside: Clinic
    hilltop: Clinic
    line: Line
    people: dict[str, User] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        try:
            found: User = self.__dict__["people"][name]
            return found
        except KeyError:
            raise AttributeError(name) from None

    def browser(self, name: str) -> Client:
        """A browser in which this person has signed in through the real page."""
        client = Client(headers={"accept": "text/html"})
        response = client.post("/sign-in", {"username": name, "password": PASSWORD})
        assert response.status_code == 302, response.content
        return client


def make_clinic(name: str) -> Clinic:
    """Open Monday to Friday 8-12 and 13-17, New York time: the clinic of the specification's vectors."""
    clinic = Clinic.objects.create(name=name, neutral_name=name.split(maxsplit=1)[0], main_number="+12025550198")
    ClinicPeriod.objects.bulk_create(
        ClinicPeriod(clinic=clinic, weekday=day, opens_minute=opens, closes_minute=closes)
        for day in range(5)
        for opens, closes in ((480, 720), (780, 1020))
    )
    return clinic


@pytest.fixture
def cast(db: None) -> Cast:
    riverside, hilltop = make_clinic("Riverside Family Clinic"), make_clinic("Hilltop Clinic")
    line = Line.objects.create(clinic=riverside, name="main", is_default=True)
    found = Cast(riverside=riverside, hilltop=hilltop, line=line)
    for name, role, clinic in (
        ("ana", Role.AGENT, riverside),
        ("ben", Role.AGENT, riverside),
        ("nadia", Role.NURSE, riverside),
        ("sam", Role.SUPERVISOR, riverside),
        ("olu", Role.OFFICER, riverside),
        ("max", Role.ADMINISTRATOR, riverside),
        ("cleo", Role.AGENT, hilltop),
    ):
        person = User.objects.create_user(
            name, PASSWORD, display_name=name.title(), is_staff=role == Role.ADMINISTRATOR, has_seen_tour=True
        )
        Membership.objects.create(user=person, clinic=clinic, role=role)
        found.people[name] = person
    return found
