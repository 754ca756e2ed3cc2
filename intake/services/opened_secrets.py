"""Intake's opened secrets: what lines share with their senders, opened seldom and kept in this process for an hour.

A line's secret is no patient data, but it is sealed like it, so `vault.reveal` opens it and records that. Opening one
for each delivery would bury the trail under events that say nothing; the event of the hour says which process held it.
"""

import threading
import time
from collections.abc import Iterable
from typing import cast
from uuid import UUID

from audit.background import service_scope
from audit.events import LINE_SECRET_OPENED, Purpose
from intake.models import LineSecret
from intake.signatures import SecretKey
from lib.logs import event_logger
from vault.envelope import SealBrokenError
from vault.reveal import reveal
from vault.sealed import Sealed

log = event_logger(__name__)

KEPT_SECONDS = 3_600
# More lines than this share one process: it opens some of them more often.
MOST_KEPT = 1_000


class OpenedSecrets:
    """Plain secrets by row and envelope, so that a changed secret is another entry and nothing has to be invalidated."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[UUID, str], tuple[str, float]] = {}

    def keys(self, secrets: Iterable[LineSecret], *, service: str = "intake") -> list[SecretKey]:
        """Return the keys of these secrets, whose `line` is loaded. One that does not open is left out and logged:
        it must not silence the other lines.

        Each opening is recorded, as done by `service`, before its value is used. Raises TrailUnwritableError.
        """
        found = []
        for secret in secrets:
            try:
                text = self._text(secret, service)
            except SealBrokenError:
                log.error("line_secret_unreadable", with_exception=True, line=secret.line_id, key_id=secret.key_id)  # noqa: TRY400 - our logger, not logging's
                continue
            found.append(SecretKey.from_text(text, not_after=secret.not_after))
        return found

    def forget(self) -> None:
        """Drop what is kept; the next delivery opens anew."""
        with self._lock:
            self._kept.clear()

    def _text(self, secret: LineSecret, service: str) -> str:
        # The column is not null, which the field's type cannot tell.
        place = (secret.pk, cast("Sealed", secret.value).token)
        now = time.monotonic()
        with self._lock:
            text, opened_at = self._kept.get(place, ("", 0.0))
        if text and now - opened_at < KEPT_SECONDS:
            return text
        with service_scope(
            service, route="line-secret", tag=LINE_SECRET_OPENED, purpose=Purpose.SYSTEM_ADMINISTRATION
        ):
            opened = cast("str", reveal(secret, "value")[0])
        # Only now: the record is durable.
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[place] = (opened, now)
        return opened


opened_secrets = OpenedSecrets()
