"""Tests' authenticator app: the codes a person's telephone would show, after RFC 6238 and by no library of ours."""

import base64
import hmac

from accounts.models import Authenticator
from audit.background import service_scope
from audit.events import SECOND_FACTOR_READ
from lib import clock
from tests.cast import PASSWORD
from vault.reveal import reveal


def code_at(secret, instant):
    """The six digits at `instant` (seconds since 1970) of a secret in base32."""
    digest = hmac.digest(base64.b32decode(secret), (int(instant) // 30).to_bytes(8, "big"), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def secret_of(person):
    """What the app was set up with, read as the app's owner may."""
    with service_scope("test", route="test"):
        return reveal(Authenticator.objects.get(user=person), "secret", tag=SECOND_FACTOR_READ)[0]


def code_of(person, *, steps=0):
    """The code `steps` half minutes from now."""
    return code_at(secret_of(person), clock.now().timestamp() + 30 * steps)


def give_password(client, name, **more):
    return client.post("/sign-in", {"username": name, "password": PASSWORD, **more})


def enrol(client, person):
    """First sign-in: sets the app up with the previous step's code. Returns the recovery codes that were shown."""
    give_password(client, person.username)
    shown = client.post("/second-factor", {"code": code_of(person, steps=-1)})
    assert shown.status_code == 200, shown.content
    return shown.context["codes"]
