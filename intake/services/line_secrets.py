"""Intake's line secrets: setting one, ending the one before, and noting which one proved a delivery."""

import base64
import binascii
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from audit.events import LINE_SECRET_ENDED, LINE_SECRET_SET
from audit.recording import record_change
from audit.scope import Subject
from intake.models import Line, LineSecret
from intake.signatures import SHORTEST_SECRET_BYTES, SecretKey
from lib import clock
from lib.errors import Refusal

# Long enough for a change at the sender on the next working day, short enough to end.
OLDER_COUNTS_FOR = timedelta(days=7)
LONGEST_SECRET = 200
GENERATED_BYTES = 32


class SecretRefusal(Refusal):
    """A secret that would prove too little, or two lines at once. The sentence never holds the secret."""

    code = "secret_refused"
    status = 422


def generate_secret(*, is_base64: bool) -> str:
    """Return a new secret of 32 random bytes: base64 where the line decodes it, else URL-safe text."""
    material = secrets.token_bytes(GENERATED_BYTES)
    return base64.b64encode(material).decode() if is_base64 else secrets.token_urlsafe(GENERATED_BYTES)


def check_secret(text: str, *, is_base64: bool) -> None:
    """Raise SecretRefusal for a secret that is too short or long, not base64 where it has to be, or in use already."""
    if len(text) > LONGEST_SECRET:
        raise SecretRefusal(f"A secret has at most {LONGEST_SECRET} characters.")
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise SecretRefusal("A secret holds letters, digits and punctuation only, without spaces.")
    material = _base64_bytes(text) if is_base64 else text.encode()
    if len(material) < SHORTEST_SECRET_BYTES:
        raise SecretRefusal(f"A secret needs at least {SHORTEST_SECRET_BYTES} bytes; generate one.")
    key_id = SecretKey.from_text(text).key_id
    of_environment = {SecretKey.from_text(known).key_id for known in settings.VAPI_SERVER_SECRETS}
    if key_id in of_environment or LineSecret.objects.filter(key_id=key_id).exists():
        raise SecretRefusal("This secret is or was in use already. Each line needs a secret of its own, once.")


def set_secret(line: Line, text: str, *, older_ends_at: datetime | None = None) -> LineSecret:
    """Make `text` the line's present secret; the one before counts until `older_ends_at` (default: seven days).

    A still older one ends now: two count at a time. Locks the line and records the change, as the actor of the open
    scope. Raises SecretRefusal for a secret or an end that cannot be.
    """
    check_secret(text, is_base64=line.secret_is_base64)
    now = clock.now()
    older_ends_at = older_ends_at or now + OLDER_COUNTS_FOR
    with transaction.atomic():
        Line.objects.select_for_update().get(pk=line.pk)
        line.secrets.filter(not_after__gt=now).update(not_after=now)
        line.secrets.filter(not_after__isnull=True).update(not_after=older_ends_at)
        made = LineSecret(line=line, key_id=SecretKey.from_text(text).key_id, set_at=now)
        made.value = text
        made.save(force_insert=True)
        record_change(
            LINE_SECRET_SET,
            obj=Subject("line", str(line.pk)),
            clinic_id=line.clinic_id,
            fields=["secret"],
            details={"key_id": made.key_id, "older_ends_at": older_ends_at.isoformat()},
        )
    return made


def end_older_secret(line: Line, *, ends_at: datetime) -> None:
    """Let the secret before the present one count until `ends_at`, or end now where that is past.

    Records the change. Raises SecretRefusal where there is none that still counts.
    """
    now = clock.now()
    with transaction.atomic():
        Line.objects.select_for_update().get(pk=line.pk)
        older = line.secrets.filter(not_after__gt=now).first()
        if older is None:
            raise SecretRefusal("This line has no older secret that still counts.")
        line.secrets.filter(pk=older.pk).update(not_after=max(ends_at, now))
        record_change(
            LINE_SECRET_ENDED,
            obj=Subject("line", str(line.pk)),
            clinic_id=line.clinic_id,
            fields=["not_after"],
            details={"key_id": older.key_id, "ends_at": max(ends_at, now).isoformat()},
        )


# Minutes this process has noted already: a busy line writes once a minute, not once a delivery.
_noted: dict[UUID, datetime] = {}


def note_match(secret: LineSecret, *, at: datetime) -> None:
    """Note, to the minute, that this secret proved a delivery; an old one is seen to fall silent."""
    minute = at.replace(second=0, microsecond=0)
    if _noted.get(secret.pk) == minute:
        return
    unseen = Q(matched_at__isnull=True) | Q(matched_at__lt=minute)
    LineSecret.objects.filter(unseen, pk=secret.pk).update(matched_at=minute)
    _noted[secret.pk] = minute


def counting_secrets(now: datetime) -> Q:
    """Secrets that count at this instant."""
    return Q(not_after__isnull=True) | Q(not_after__gte=now)


def _base64_bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise SecretRefusal("The line decodes its secret, and this one is not base64.") from None
