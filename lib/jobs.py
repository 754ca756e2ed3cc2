"""Lib's jobs: rows are the truth of pending work; Redis is only a doorbell, rung after commit and never waited for."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from uuid import UUID

from celery import current_app
from django.db import transaction

from lib.logs import event_logger

log = event_logger(__name__)

# Publishing costs a web process more than storing a report does. A clinic's rings are minutes apart and never wait;
# a storm's become a few a second, because whoever answers one looks for the other rows too.
REST_SECONDS = 0.1


class WorkSource(Protocol):
    """A table of pending work that can be done without Redis or a worker."""

    name: str
    # Whether its work waits for other people's servers: then it never stands before work that does not.
    is_slow: bool

    def work_off(self, *, limit: int) -> int:
        """Claim up to `limit` due rows (SKIP LOCKED, leased), do them, and return how many were claimed."""
        ...

    def count_pending(self) -> int:
        """Rows still waiting, due or not; dead letters are not waiting."""
        ...


_sources: list[WorkSource] = []


def register_work_source(source: WorkSource) -> None:
    """Called from a room's `ready()`; `drain`, the relay and the sweep walk the registered sources in order."""
    if all(known.name != source.name for known in _sources):
        _sources.append(source)


def work_sources(*, slow: bool | None = None) -> tuple[WorkSource, ...]:
    """The registered sources, in order; only the slow ones or only the others where that is asked."""
    return tuple(source for source in _sources if slow is None or source.is_slow is slow)


@dataclass(frozen=True)
class Ring:
    """One press of the doorbell: a task's name and the id of a row. Never more: brokers are readable."""

    task_name: str
    record_id: str
    request_id: str


class Doorbell:
    """Publishes rings from a thread of its own, so that no request ever waits for the broker.

    One per process and made again after a fork. A ring replaces an earlier one of its task that is not published yet,
    and one that cannot be published is dropped: the rows stay pending, and who answers the next ring, the relay or
    the sweep finds them.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[str, Ring] = {}
        self._is_publishing = False
        self._owner_pid: int | None = None

    def ring(self, ring: Ring) -> None:
        with self._changed:
            self._waiting[ring.task_name] = ring
            self._changed.notify_all()
            self._start_thread_once()

    def until_quiet(self) -> None:
        """Return when every ring so far was published or dropped."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._is_publishing)

    def _start_thread_once(self) -> None:
        if self._owner_pid != os.getpid():
            self._owner_pid = os.getpid()
            threading.Thread(target=self._publish_forever, name="doorbell", daemon=True).start()

    def _publish_forever(self) -> None:
        while True:
            with self._changed:
                self._is_publishing = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting)
                rings, self._waiting = self._waiting, {}
                self._is_publishing = True
            for ring in rings.values():
                _publish(ring)
            time.sleep(REST_SECONDS)


def _publish(ring: Ring) -> None:
    try:
        current_app.send_task(
            ring.task_name, args=[ring.record_id], headers={"request_id": ring.request_id}, retry=False
        )
    except Exception as error:  # noqa: BLE001 - whatever the broker's client raises, the thread must live on
        log.warning("doorbell_unanswered", job=ring.task_name, object_id=ring.record_id, reason=type(error).__name__)


_doorbell = Doorbell()


def ring_after_commit(task_name: str, record_id: UUID, *, request_id: str) -> None:
    """Ring for `record_id` once the transaction that stored its row has committed; a rollback rings nothing."""
    ring = Ring(task_name=task_name, record_id=str(record_id), request_id=request_id)
    on_commit: Callable[[], None] = partial(_doorbell.ring, ring)
    transaction.on_commit(on_commit)
