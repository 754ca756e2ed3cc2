"""Accounts' challenges: random bytes that a passkey signs, kept in the session, each good once and for five minutes."""

import secrets
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest

from accounts.sessions import note
from lib import clock

GOOD_FOR = timedelta(minutes=5)
CHALLENGE_BYTES = 32
_KEY = "challenge"


def put_challenge(request: HttpRequest, *, purpose: str) -> bytes:
    """A new challenge of this session, in place of any older one. Somebody who is nobody yet gets a session for it."""
    if request.session.session_key is None:
        request.session.create()
    made = secrets.token_bytes(CHALLENGE_BYTES)
    note(request.session, **{_KEY: [purpose, made.hex(), clock.now().timestamp()]})
    return made


def take_challenge(request: HttpRequest, *, purpose: str) -> bytes | None:
    """The challenge, which is used up by this whatever comes of it; None when there is none for that purpose, or it is
    too old. Of two requests that ask at once one gets it: the session's row is locked.
    """
    session = request.session
    with transaction.atomic():
        row = Session.objects.select_for_update().filter(session_key=session.session_key).first()
        kept = {} if row is None else row.get_decoded()
        found = kept.pop(_KEY, None)
        if row is not None and found is not None:
            row.session_data = session.encode(kept)
            row.save(update_fields=["session_data"])
    # What this request goes on with; it has nothing to save for it.
    was_modified = session.modified
    session.pop(_KEY, None)
    session.modified = was_modified
    if found is None:
        return None
    meant, made, at = found
    is_good = meant == purpose and clock.now().timestamp() - at < GOOD_FOR.total_seconds()
    return bytes.fromhex(made) if is_good else None
