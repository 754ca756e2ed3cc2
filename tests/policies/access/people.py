"""Everybody who may come to an address, each with a browser: every role, and everyone whose right is gone or not yet."""

from dataclasses import dataclass
from datetime import timedelta

from django.test import Client

from accounts.models import Authenticator, Clinic, Membership, Role, User
from lib import clock
from tests.cast import PASSWORD, Cast

# Words of the table, and what they mean (also at the top of each file).
PEOPLE = {
    "agent": "front desk of the clinic",
    "nurse": "its nurse",
    "supervisor": "its supervisor",
    "officer": "its compliance officer",
    "administrator": "its administrator, with the flag that opens administration",
    "agent-admin": "front desk with the flag that opens administration",
    "elsewhere": "front desk of the other clinic; its own is the other's, the other's is its own",
    "stranger": "signed in, flag, no membership",
    "ended": "signed in, flag, every role until yesterday",
    "coming": "signed in, flag, every role from tomorrow on",
    "disabled": "signed in, flag, every role, switched off since",
    "owing": "right password and every role, second factor owed",
    "locked": "signed in, flag, every role, desk locked",
    "anybody": "not signed in",
}
CAST_NAMES = {
    "agent": "ana",
    "nurse": "nadia",
    "supervisor": "sam",
    "officer": "olu",
    "administrator": "max",
    "elsewhere": "cleo",
}


@dataclass
class Visitor:
    """One of PEOPLE with a browser; `clinic` is theirs, `other` the one that does not exist for them."""

    name: str
    client: Client
    clinic: Clinic
    other: Clinic


def everybody(cast: Cast) -> dict[str, Visitor]:
    """All of PEOPLE, signed in through the real page."""
    day, now = timedelta(days=1), clock.now()
    _make(cast, "stranger")
    _make(cast, "ended", *Role, starts_at=now - 2 * day, ends_at=now - day)
    _make(cast, "coming", *Role, starts_at=now + day)
    _make(cast, "disabled", *Role)
    _make(cast, "agent-admin", Role.AGENT)
    _make(cast, "locked", *Role)
    _make(cast, "owing", *Role)
    # Who has set a factor up owes it, whatever the house's rule is.
    Authenticator.objects.create(user=cast.owing, secret="A" * 32, made_at=now, confirmed_at=now)
    visitors = {}
    for name in PEOPLE:
        client = Client(headers={"accept": "text/html"})
        if name != "anybody":
            client = cast.browser(CAST_NAMES.get(name, name))
        client.raise_request_exception = False
        home, other = (cast.hilltop, cast.riverside) if name == "elsewhere" else (cast.riverside, cast.hilltop)
        visitors[name] = Visitor(name, client, home, other)
    User.objects.filter(username="disabled").update(is_active=False)
    visitors["locked"].client.post("/session/lock")
    return visitors


def _make(cast: Cast, name: str, *roles: Role, **period: object) -> None:
    person = User.objects.create_user(name, PASSWORD, display_name=name.title(), is_staff=True)
    for role in roles:
        Membership.objects.create(user=person, clinic=cast.riverside, role=role, **period)
    cast.people[name] = person
