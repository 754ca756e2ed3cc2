"""Every address of the house, and how to fill its ids in."""

import re
from uuid import UUID

from django.urls import URLPattern

from audit.policy import walk_views

UNKNOWN = UUID("00000000-0000-7000-8000-000000000001")

EVERY: list[tuple[str, URLPattern]] = list(walk_views())
# Pages before sign-in; everything else asks who is there.
OPEN_TO_ANYBODY = {"sign-in", "invitation", "passkey/challenge", "passkey/answer", "health", "health/ready"}
# Signed by the voice side; no person opens them.
WEBHOOKS = {"webhook", "webhook/vapi", "webhook/vapi/<uuid:line_id>", "webhook/token"}
PAGES = [(route, pattern) for route, pattern in EVERY if route not in OPEN_TO_ANYBODY | WEBHOOKS]


def fill(route: str, **ids: object) -> str:
    """The address of a route: `<uuid:public_id>` becomes `ids["public_id"]`, what is not given an unknown id."""
    text = re.sub(
        r"<(?:\w+:)?(\w+)>", lambda found: str(ids.get(found[1], UNKNOWN)), route.split("(?P", maxsplit=1)[0]
    )
    rest = route[len(route.split("(?P", maxsplit=1)[0]) :]
    word = {"<app_label>accounts|intake)/$": "accounts/", "<url>.*)$": "nowhere"}.get(rest.removeprefix("(?P"), "")
    return f"/{text}{word}".replace("^", "")
