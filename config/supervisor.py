"""Config's supervisor: starts services, restarts what crashes, stops exactly what it started, and says so."""

import selectors
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Any, Self, TextIO

from config.child import Child
from config.console import Console, Lines

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_READY_POLL_SECONDS = 0.25
# SIGKILL needs a moment; a process in the middle of a disk write is asked again.
_KILL_SECONDS = 0.5
# What a process that is gone may have left in its pipe (Linux gives a pipe no more than this unasked); one that
# escaped its group may go on writing for ever.
_LAST_OUTPUT_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Service:
    """One long-running process.

    `command` may be a function, asked anew at every start. `ready` is polled until it gives True; None means ready
    once started. `stop_signal` asks it to end; after `stop_timeout` seconds its whole group is killed.
    """

    name: str
    command: Sequence[str] | Callable[[], Sequence[str]]
    environment: Mapping[str, str] = field(repr=False)
    ready: Callable[[], bool] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout: float = 10.0


@dataclass(frozen=True)
class Backoff:
    """How crashes are answered: waits double from `first` to `longest` seconds; `limit` quick ones in a row end it."""

    first: float = 0.5
    longest: float = 8.0
    limit: int = 5
    # A service that ran this long was not a quick crash.
    steady_after: float = 20.0

    def wait(self, quick_crashes: int) -> float:
        return min(self.longest, self.first * 2.0 ** max(0, quick_crashes - 1))


@dataclass
class _Running:
    service: Service
    lines: Lines
    child: Child | None = None
    started_at: float = 0.0
    restart_at: float | None = None
    quick_crashes: int = 0
    is_ready: bool = False


class Supervisor:
    """Runs services in one thread and one loop; everything printed goes through its one console.

    As a context it owns SIGINT, SIGTERM and SIGHUP: the first asks for the end (`is_stopping`), Ctrl-C
    after it kills what this supervisor started. Leaving the context stops all services, last started first.
    """

    def __init__(self, stream: TextIO, *, backoff: Backoff | None = None) -> None:
        self.is_stopping = False
        self.has_given_up = False
        self._was_asked_to_stop = False
        self._must_kill = False
        self._console = Console(stream)
        self._backoff = backoff or Backoff()
        self._running: list[_Running] = []
        self._selector = selectors.DefaultSelector()
        self._bell, self._bell_rope = socket.socketpair()
        self._previous_handlers: dict[signal.Signals, Any] = {}
        self._previous_rope = -1
        self._next_ready_poll = 0.0

    def __enter__(self) -> Self:
        self._bell.setblocking(False)
        self._bell_rope.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ)
        for number in _STOP_SIGNALS:
            if number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
                # nohup: the desk shall outlive its terminal.
                continue
            self._previous_handlers[number] = signal.signal(number, self._take_stop_signal)
        # A handler has to exist for a child's end to ring the bell.
        self._previous_handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        self._previous_rope = signal.set_wakeup_fd(self._bell_rope.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        signal.set_wakeup_fd(self._previous_rope)
        for number, handler in self._previous_handlers.items():
            signal.signal(number, handler)
        self._selector.close()
        self._bell.close()
        self._bell_rope.close()

    def say(self, line: str) -> None:
        """Print one line of the desk itself."""
        self._console.say(line)

    def start(self, services: Sequence[Service]) -> None:
        """Start them in this order, without waiting for readiness."""
        for service in services:
            self._console.introduce(service.name)
        for service in services:
            running = _Running(service, Lines(self._console, service.name))
            self._running.append(running)
            self._start(running)

    def until_ready(self, seconds: float) -> list[str]:
        """Wait for every service; gives the names of those not ready after `seconds`, or when the end was asked."""
        self._loop(lambda: all(running.is_ready for running in self._running), time.monotonic() + seconds)
        return [running.service.name for running in self._running if not running.is_ready]

    def until_stopped(self) -> int:
        """Supervise until a signal asks for the end or a service is given up; then stop all. Gives the exit code."""
        self._loop(lambda: False, None)
        self.stop()
        return 1 if self.has_given_up else 0

    def run(self, service: Service) -> int:
        """Run a command that ends by itself, its output without a prefix, while services go on. Gives its exit code."""
        one_off = _Running(service, Lines(self._console, None))
        child = one_off.child = self._spawn(one_off)
        if child is None:
            return 127
        self._loop(lambda: child.exit_code() is not None, None)
        return self._end(one_off, child)

    def stop(self) -> None:
        """Stop what was started, last started first, and say how each ended."""
        self.is_stopping = True
        while self._running:
            running = self._running.pop()
            if running.child is not None:
                code = self._end(running, running.child)
                self._console.say(f"stopped ({_how(code)})", name=running.service.name)

    def _take_stop_signal(self, number: int, frame: FrameType | None) -> None:
        del frame
        # Only Ctrl-C means impatience: make passes a SIGTERM on that a whole group already got.
        if number == signal.SIGINT and self._was_asked_to_stop:
            self._must_kill = True
        self._was_asked_to_stop = self.is_stopping = True

    def _spawn(self, running: _Running) -> Child | None:
        service = running.service
        command = service.command() if callable(service.command) else service.command
        try:
            child = Child(command, service.environment, death_signal=service.stop_signal)
        except OSError as error:
            self._console.say(f"{service.name} cannot be started: {command[0]}: {error.strerror}.")
            return None
        self._selector.register(child.output, selectors.EVENT_READ, (child, running.lines))
        return child

    def _start(self, running: _Running) -> None:
        running.restart_at = None
        running.started_at = time.monotonic()
        running.child = self._spawn(running)
        running.is_ready = running.child is not None and running.service.ready is None
        if running.child is None:
            self._give_up()

    def _give_up(self) -> None:
        self.has_given_up = True
        self.is_stopping = True

    def _loop(self, is_done: Callable[[], bool], deadline: float | None) -> None:
        """Turn until `is_done`, the deadline, or a wish to stop."""
        while not self.is_stopping and not is_done():
            now = time.monotonic()
            if deadline is not None and now >= deadline:
                return
            self._collect_crashes(now)
            self._ask_readiness(now)
            if not self.is_stopping and not is_done():
                self._turn(self._next_event(deadline))

    def _next_event(self, deadline: float | None) -> float | None:
        moments = [running.restart_at for running in self._running if running.restart_at is not None]
        if any(running.child is not None and not running.is_ready for running in self._running):
            moments.append(self._next_ready_poll)
        if deadline is not None:
            moments.append(deadline)
        return min(moments) if moments else None

    def _turn(self, until: float | None) -> None:
        """Pass on output until something happens or the moment `until` comes."""
        seconds = None if until is None else max(0.0, until - time.monotonic())
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                self._bell.recv(4096)
                continue
            child, lines = key.data
            piece = child.read()
            if piece:
                lines.feed(piece)
            elif piece == b"":
                self._selector.unregister(child.output)

    def _collect_crashes(self, now: float) -> None:
        for running in self._running:
            if running.child is not None and (code := running.child.exit_code()) is not None:
                self._answer_crash(running, running.child, code, now)
            elif running.restart_at is not None and now >= running.restart_at:
                self._start(running)

    def _answer_crash(self, running: _Running, child: Child, code: int, now: float) -> None:
        self._take_last_output(running, child)
        running.is_ready = False
        is_quick = now - running.started_at < self._backoff.steady_after
        running.quick_crashes = running.quick_crashes + 1 if is_quick else 1
        name = running.service.name
        if running.quick_crashes >= self._backoff.limit:
            self._console.say(f"ended by itself ({_how(code)})", name=name)
            self._console.say(
                f"{name} ended {running.quick_crashes} times in a row soon after its start; Ringback stops."
                " The lines above say why."
            )
            self._give_up()
            return
        wait = self._backoff.wait(running.quick_crashes)
        self._console.say(f"ended by itself ({_how(code)}); starts again in {wait:g} s", name=name)
        running.restart_at = now + wait

    def _ask_readiness(self, now: float) -> None:
        if now < self._next_ready_poll:
            return
        for running in self._running:
            if running.child is not None and not running.is_ready and running.service.ready is not None:
                running.is_ready = running.service.ready()
        self._next_ready_poll = time.monotonic() + _READY_POLL_SECONDS

    def _end(self, running: _Running, child: Child) -> int:
        """End one process: its stop signal, patience, then SIGKILL for its group. Gives its exit code."""
        if child.exit_code() is None:
            child.send(running.service.stop_signal)
        deadline = time.monotonic() + running.service.stop_timeout
        while (code := child.exit_code()) is None:
            if self._must_kill or time.monotonic() >= deadline:
                child.kill_group()
                deadline = time.monotonic() + _KILL_SECONDS
            self._turn(deadline)
        self._take_last_output(running, child)
        return code

    def _take_last_output(self, running: _Running, child: Child) -> None:
        # Everything it wrote is in the pipe by now: nothing to wait for, however slowly our own reader takes it.
        left = _LAST_OUTPUT_BYTES
        while left > 0 and (piece := child.read()):
            running.lines.feed(piece)
            left -= len(piece)
        if child.output in self._selector.get_map():
            self._selector.unregister(child.output)
        running.lines.finish()
        child.close()
        running.child = None


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
