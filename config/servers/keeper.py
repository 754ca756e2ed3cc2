"""Config's keeper: brings an embedded server back that died while the desk runs."""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol, Self

from config.servers.places import ServerError

LOOK_EVERY_SECONDS = 2.0


class Revivable(Protocol):
    """An embedded server this desk has started."""

    @property
    def name(self) -> str: ...

    def revive(self) -> bool:
        """Start it again if nobody answers on its socket; whether that was needed. Raises ServerError."""
        ...


class ServerKeeper:
    """Looks after servers from a thread of its own until the `with` block ends; says what it did and what it cannot do."""

    def __init__(self, servers: Sequence[Revivable], say: Callable[[str], None]) -> None:
        self._servers = servers
        self._say = say
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look_after, name="server-keeper", daemon=True)
        self._complaints: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Before the servers are stopped: a keeper that still looks would start them again."""
        self._stopping.set()
        self._thread.join()

    def _look_after(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_SECONDS):
            for server in self._servers:
                self._look_at(server)

    def _look_at(self, server: Revivable) -> None:
        try:
            if server.revive():
                self._say(f"{server.name} had died and runs again; nothing that was answered is lost.")
            self._complaints.pop(server.name, None)
        except ServerError as problem:
            # Told once, not every two seconds; the next look tries again.
            if self._complaints.get(server.name) != str(problem):
                self._complaints[server.name] = str(problem)
                self._say(f"{server.name}: {problem}")
