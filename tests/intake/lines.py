"""Lines of a clinic with a secret, as an administrator would have made them."""

from typing import Any

from accounts.models import Clinic
from audit.background import service_scope
from intake.models import Line, LineSecret
from intake.services.line_secrets import set_secret

RIVERSIDE_SECRET = "riverside-tests-only-secret-0123456789"
HILLTOP_SECRET = "hilltop-tests-only-secret-9876543210"
NEWER_SECRET = "newer-tests-only-secret-5555555555"


def make_line(clinic: Clinic, *, secret: str | None = HILLTOP_SECRET, **options: Any) -> Line:
    """A line in use, proven by HMAC unless `options` say otherwise, with this secret."""
    line = Line.objects.create(clinic=clinic, **{"name": "second", **options})
    if secret is not None:
        give_secret(line, secret)
    return line


def give_secret(line: Line, secret: str, **options: Any) -> LineSecret:
    with service_scope("tests", route="test"):
        return set_secret(line, secret, **options)
