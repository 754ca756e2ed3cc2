"""One recorder of page views measured on the queue's page: `python -m bench.peers.page_views {ours,easyaudit,auditlog} COUNT`.

Runs in a process of its own under bench.peers.settings_<name>, prints JSON: milliseconds with and without recording.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import django


@contextmanager
def ours_off() -> Iterator[None]:
    """Values are opened, but nothing is noted and nothing written."""

    def forget(scope: Any, *, status: int | None = None) -> None:
        del status
        scope.pending.clear()

    def note_nothing(*_: object, **__: object) -> None:
        return None

    with ExitStack() as changed:
        for place, stand_in in (
            ("audit.middleware.flush", forget),
            ("audit.middleware.record_event", note_nothing),
            ("callbacks.web.queue.record_event", note_nothing),
            ("vault.reveal.record_read", note_nothing),
        ):
            changed.enter_context(patch(place, stand_in))
        yield


@contextmanager
def easyaudit_off() -> Iterator[None]:
    """Its listener on the start of a request rests."""
    from django.core.signals import request_started
    from easyaudit.signals.request_signals import request_started_handler

    place = "easy_audit_signals_request_started"
    assert request_started.disconnect(request_started_handler, dispatch_uid=place)
    try:
        yield
    finally:
        request_started.connect(request_started_handler, dispatch_uid=place)


@contextmanager
def auditlog_off() -> Iterator[None]:
    """Nothing is said to be accessed."""
    with patch("auditlog.signals.accessed.send", lambda *_, **__: []):
        yield


def auditlog_prepare() -> None:
    """Each caller shown is an access in its own words: the signal that its LogAccessMixin sends."""
    from auditlog.registry import auditlog
    from auditlog.signals import accessed

    from callbacks.models import Callback
    from callbacks.queries import queue, rows

    auditlog.register(Callback, include_fields=["status"])
    row = rows.queue_row

    @wraps(row)
    def accessed_row(callback: Callback, **known: Any) -> Any:
        accessed.send(Callback, instance=callback)
        return row(callback, **known)

    patch.object(queue, "queue_row", accessed_row).start()


RECORDERS: dict[str, tuple[Callable[[], object], Callable[[], Any]]] = {
    "ours": (lambda: None, ours_off),
    "easyaudit": (lambda: None, easyaudit_off),
    "auditlog": (auditlog_prepare, auditlog_off),
}


def main() -> None:
    name, count = sys.argv[1], int(sys.argv[2])
    django.setup()
    from django.conf import settings
    from django.test import Client

    prepare, off = RECORDERS[name]
    prepare()
    browser = Client(headers={"host": "localhost"})
    accounts = json.loads((Path(settings.DATA_DIR) / "demo-accounts.json").read_text(encoding="utf-8"))
    ana = next(account for account in accounts if account["username"] == "ana")
    entered = browser.post("/sign-in", {"username": "ana", "password": ana["password"]})
    assert entered.status_code == 302, entered.status_code

    def page() -> float:
        started = time.perf_counter()
        response = browser.get("/queue")
        took = time.perf_counter() - started
        assert response.status_code == 200, response.status_code
        return took * 1000

    for _ in range(5):
        page()
    with_recording, without = [], []
    for _ in range(count):
        with_recording.append(page())
        with off():
            without.append(page())
    print(json.dumps({"with": median(with_recording), "without": median(without)}))


if __name__ == "__main__":
    main()
