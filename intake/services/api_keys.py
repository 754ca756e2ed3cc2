"""Intake's API keys: with which key a line's calls are asked of VAPI; the environment's is the default line's alone."""

from dataclasses import dataclass, field
from typing import cast

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from audit.events import LINE_API_KEY_FORGOTTEN, LINE_API_KEY_OPENED, LINE_API_KEY_SET
from audit.recording import flush, record_change
from audit.scope import Subject, current_scope
from intake.models import Line, LineApiKey
from intake.signatures import SecretKey
from lib import clock
from lib.errors import Refusal
from vault.reveal import reveal

LONGEST_KEY = 200


class ApiKeyRefusal(Refusal):
    """Text that cannot be a key. The sentence never holds it."""

    code = "api_key_refused"
    status = 422


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, ready to be sent; `key_id` tells keys apart without telling the key."""

    key_id: str
    value: str = field(repr=False)


def has_a_key() -> Q:
    """Rows of `line` whose calls can be fetched."""
    of_their_own = Q(Exists(LineApiKey.objects.filter(line=OuterRef("line"))))
    return of_their_own | Q(line__is_default=True) if settings.VAPI_API_KEY else of_their_own


def open_api_key(line: Line) -> ApiKey | None:
    """Return the line's key; None where it has none. Opening a sealed one is on record when this returns.

    Raises SealBrokenError for one that does not open.
    """
    if line.is_default:
        return _named(settings.VAPI_API_KEY) if settings.VAPI_API_KEY else None
    kept = LineApiKey.objects.select_related("line").filter(line=line).first()
    if kept is None:
        return None
    text = cast("str", reveal(kept, "value", tag=LINE_API_KEY_OPENED)[0])
    flush(current_scope())
    return _named(text)


def check_api_key(text: str) -> None:
    """Raise ApiKeyRefusal for what cannot stand in a header, or is too long."""
    if not text or len(text) > LONGEST_KEY or not (text.isascii() and text.isprintable()) or " " in text:
        raise ApiKeyRefusal(f"A key has up to {LONGEST_KEY} letters, digits and punctuation, without spaces.")


def set_api_key(line: Line, text: str) -> LineApiKey:
    """Make `text` the line's key, in place of the one before. Recorded, as the actor of the open scope."""
    check_api_key(text)
    with transaction.atomic():
        Line.objects.select_for_update().get(pk=line.pk)
        LineApiKey.objects.filter(line=line).delete()
        made = LineApiKey(line=line, key_id=_named(text).key_id, set_at=clock.now())
        made.value = text
        made.save(force_insert=True)
        record_change(
            LINE_API_KEY_SET,
            obj=Subject("line", str(line.pk)),
            clinic_id=line.clinic_id,
            fields=["api_key"],
            details={"key_id": made.key_id},
        )
    return made


def forget_api_key(line: Line) -> None:
    """Take the line's key away, if it has one: its calls are not fetched any more. Recorded."""
    with transaction.atomic():
        kept = LineApiKey.objects.select_for_update().filter(line=line).first()
        if kept is None:
            return
        LineApiKey.objects.filter(pk=kept.pk).delete()
        record_change(
            LINE_API_KEY_FORGOTTEN,
            obj=Subject("line", str(line.pk)),
            clinic_id=line.clinic_id,
            fields=["api_key"],
            details={"key_id": kept.key_id},
        )


def _named(text: str) -> ApiKey:
    return ApiKey(key_id=SecretKey.from_text(text).key_id, value=text)
