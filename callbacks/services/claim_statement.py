"""Callbacks' claim in one statement: the lease and its event are written in one round trip, or neither is."""

from typing import Any

from django.db import connection
from django.db.models.signals import post_save

from audit.recording import INSERT_EVENT_OF, EventRow
from callbacks.models import Callback

# What `give_claim` sets. The model says what the columns hold; a test compares this with saving them.
CLAIM_COLUMNS = (
    "claimed_by_id",
    "claim_token",
    "claimed_at",
    "lease_expires_at",
    "dial_started_at",
    "flags",
    "version",
    "updated_at",
)
_SET = ", ".join(f"{column} = %({column})s" for column in CLAIM_COLUMNS)
# Names of columns and of the trail's table only; every value is a parameter.
_TAKE = (
    f"WITH taken AS (UPDATE callbacks_callback SET {_SET} WHERE id = %(callback_id)s RETURNING id), "  # noqa: S608  # nosec B608
    f"recorded AS ({INSERT_EVENT_OF.format(change='taken')}) SELECT id FROM taken"
)


def write_claim(callback: Callback, event: EventRow) -> None:
    """Save the claim of a locked callback and its event, and tell who follows callbacks. Raises Django's database errors."""
    values: dict[str, Any] = {column: getattr(callback, column) for column in CLAIM_COLUMNS}
    values["callback_id"] = callback.pk
    values.update(event)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
    # A claim is a change like any that is saved: the clinic's CRMs must hear of it.
    post_save.send(Callback, instance=callback, created=False, raw=False, using=connection.alias, update_fields=None)
