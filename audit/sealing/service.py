"""Sealing's service: seals, anchors and compares until it is told to stop (`manage.py audit seal --forever`)."""

import threading
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, close_old_connections

from audit.anchors.keeping import Anchor, compare_with_anchors, configured_anchors, keep_head
from audit.background import service_scope
from audit.scope import TrailUnwritableError
from audit.sealing.sealer import KeyUnknownError, NotOurTurnError, seal_everything
from lib import clock
from lib.logs import event_logger

log = event_logger(__name__)

INTERVAL_SECONDS = 10
COMPARE_EVERY = timedelta(hours=1)


class Sealer:
    """The one process that holds the signing key. Each `turn` leaves the trail sealed and its head anchored."""

    def __init__(self) -> None:
        self._anchors: list[Anchor] = configured_anchors()
        self._compared_at: datetime | None = None

    def run(self, stopped: threading.Event) -> None:
        log.info("sealer_started", service="sealer")
        while not stopped.is_set():
            self.turn()
            stopped.wait(INTERVAL_SECONDS)
        log.info("sealer_stopped", service="sealer")

    def turn(self) -> None:
        """Compare (first, so that a cut chain is told before it grows on), seal, anchor. Whatever is away, rows wait."""
        try:
            self._compare_when_due()
            seal_everything()
            with service_scope("sealer", route="sealer"):
                keep_head(self._anchors)
        except NotOurTurnError:
            log.info("sealer_waits", service="sealer")
        except (OperationalError, InterfaceError, TrailUnwritableError):
            # The database is away: nothing is lost, the rows wait.
            log.error("database_away", service="sealer", with_exception=True)  # noqa: TRY400 - our logger, not logging's
            close_old_connections()
        except KeyUnknownError:
            # Ending would only be restarted. The rows wait; the officer's alarm and this line call for the key.
            log.critical("sealer_key_unknown", service="sealer", with_exception=True)

    def _compare_when_due(self) -> None:
        if self._compared_at is not None and clock.now() - self._compared_at < COMPARE_EVERY:
            return
        with service_scope("sealer", route="sealer"):
            compare_with_anchors(self._anchors)
        self._compared_at = clock.now()
