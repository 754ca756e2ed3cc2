"""Asking every address everything, and taking back what the asking did."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.db import transaction
from django.urls import Resolver404, resolve

from accounts.models import Clinic
from tests.policies.access.objects import OBJECTS, Records, filled_form, kind_of
from tests.policies.access.people import Visitor
from tests.policies.access.table import METHODS, Cells
from tests.policies.test_storage import STAIRCASE

FORM = "application/x-www-form-urlencoded"
AS_JSON = {"accept": "application/json"}
# Methods that carry a form.
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@contextmanager
def taken_back() -> Iterator[None]:
    """What happens inside is rolled back; the trail, on its own connection, keeps it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def room_of(route: str) -> str:
    """The room whose file of the table holds a route: administration's pages are their model's room's."""
    administered = re.match(r"admin/(\w+)/\w+/", route)
    if administered and administered[1] in STAIRCASE:
        return administered[1]
    first = route.split("/", maxsplit=1)[0]
    return ROOMS.get(first, first)


# Rooms by an address's first word, where they differ.
ROOMS = {
    "": "accounts",
    "sign-in": "accounts",
    "sign-out": "accounts",
    "clinic": "accounts",
    "no-clinic": "accounts",
    "invitation": "accounts",
    "passkey": "accounts",
    "second-factor": "accounts",
    "locked": "accounts",
    "prove": "accounts",
    "session": "accounts",
    "people": "accounts",
    "roles": "accounts",
    "settings": "accounts",
    "keys": "accounts",
    "tour": "accounts",
    "crm": "callbacks",
    "emergency": "callbacks",
    "notices": "callbacks",
    "queue": "callbacks",
    "downtime": "callbacks",
    "supervise": "callbacks",
    "webhook": "intake",
    "endpoints": "intake",
    "calls": "intake",
    "health": "config",
    "admin": "config",
}


def ask(visitor: Visitor, method: str, address: str, **headers: str) -> Any:
    """One request, with a well-filled form where the method carries one; nothing of it stays, in browser or tables.

    A look is not taken back: that it changes nothing is a law of its own, and taking back is slow. Refusals are asked
    for as JSON unless `headers` say otherwise: the status is the same, and no page has to be made.
    """
    body = urlencode({**filled_form(), "clinic": str(visitor.clinic.pk)}) if method in UNSAFE else ""
    session = visitor.client.cookies.get("sessionid")
    kept = session.value if session is not None else ""
    with taken_back() if method in UNSAFE else nullcontext():
        response = visitor.client.generic(method, address, body, FORM, headers={**AS_JSON, **headers})
    if "sessionid" in response.cookies:
        visitor.client.cookies["sessionid"] = kept
    return response


def answer_of(response: Any) -> str:
    """The status; with a redirect the name of the page it leads to."""
    if not 300 <= response.status_code < 400:
        return str(response.status_code)
    try:
        match = resolve(urlsplit(response["Location"]).path)
    except Resolver404:
        return f"{response.status_code} nowhere"
    return f"{response.status_code} {match.view_name or match.route}"


def measure(routes: list[str], visitors: dict[str, Visitor], records: Records) -> Cells:
    """Every route by everybody, for each object it may name, with each method."""
    asked = (
        (route, obj, visitor, method)
        for route in routes
        for visitor in visitors.values()
        for obj in (OBJECTS if kind_of(route) else ("",))
        for method in METHODS
    )
    with unlogged():
        return {
            (route, obj, visitor.name, method): answer_of(
                ask(visitor, method, records.address(route, clinic_meant(visitor, obj)))
            )
            for route, obj, visitor, method in asked
        }


def clinic_meant(visitor: Visitor, obj: str) -> Clinic | None:
    """Whose record a word of OBJECTS is for this visitor."""
    return {"own": visitor.clinic, "other": visitor.other}.get(obj)


@contextmanager
def unlogged() -> Iterator[None]:
    """Thousands of refusals are thousands of log lines that nobody reads here, and most of the time they take."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
