"""Tests' crowd: several people or workers do something at the same moment, each in a thread of their own."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connections


def at_once(acts: Iterable[Callable[[], Any]]) -> list[Any]:
    """Start all acts together; what each returned, or the exception it raised, in their order."""
    waiting = list(acts)
    start = threading.Barrier(len(waiting))
    results: list[Any] = [None] * len(waiting)

    def join(place: int, act: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[place] = act()
        except Exception as error:  # noqa: BLE001 - what went wrong is a result; the test judges it
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=join, args=found) for found in enumerate(waiting)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
