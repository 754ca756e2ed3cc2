"""Bench's load: one process that keeps some connections busy with requests made beforehand, and counts.

Requests are whole byte strings, sent as they are and read to the end of the answer; nothing else happens between them,
so that the generator takes little of the cores it shares with what it measures. How much, it tells itself.
"""

import re
import select
import socket
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

HOST = "127.0.0.1"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LAST_CHUNK = b"\r\n0\r\n\r\n"
# A server that answers nothing for so long is down; the run ends with what it has.
_SILENCE_SECONDS = 10.0


class LoadFailed(Exception):  # noqa: N818 - says what happened
    """The server closed, went silent or answered something else than expected: the figure would mean nothing."""


@dataclass
class Load:
    """What one stretch of load gave. Latencies in seconds, from the moment the request was due."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def generator_share(self) -> float:
        """Share of one core that the generator itself took."""
        return self.cpu_seconds / self.seconds


class Connection:
    """One connection that is kept, with at most one request on its way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.body = b""
        self.due = 0.0

    def ask(self, request: bytes) -> bytes:
        """Send one request and wait; the body of its answer. Raises LoadFailed unless it is a 200."""
        self.send(request, 0.0)
        while (status := self.take()) is None:
            pass
        if status != 200:
            raise LoadFailed(f"the answer was {status}")
        return self.body

    def close(self) -> None:
        self.socket.close()

    def send(self, request: bytes, due: float) -> None:
        self.due = due
        self.socket.sendall(request)

    def take(self) -> int | None:
        """Read what is there; the status once the answer is whole."""
        piece = self.socket.recv(65536)
        if not piece:
            raise LoadFailed("the server closed a connection in the middle of an answer")
        self.received += piece
        head, blank, body = self.received.partition(b"\r\n\r\n")
        if not blank:
            return None
        length = _LENGTH.search(head)
        if len(body) < int(length[1]) if length else not (b"\r\n" + body).endswith(_LAST_CHUNK):
            return None
        self.received, self.body = b"", body
        return int(head[9:12])


def saturate(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> Load:
    """Each connection sends its next request as soon as it has its answer."""
    return _drive(port, requests, connections=connections, seconds=seconds, rate=None)


def pace(port: int, requests: Iterator[bytes], *, connections: int, seconds: float, rate: float) -> Load:
    """`rate` requests a second by the clock, whoever is free takes the next; waiting for a free one counts as latency."""
    return _drive(port, requests, connections=connections, seconds=seconds, rate=rate)


def _drive(port: int, requests: Iterator[bytes], *, connections: int, seconds: float, rate: float | None) -> Load:
    lines = {line.socket.fileno(): line for line in (Connection(port) for _ in range(connections))}
    poll = select.epoll()
    for number in lines:
        poll.register(number, select.EPOLLIN)
    load = Load()
    idle = deque(lines.values())
    busy = 0
    sent = 0
    cpu_before = time.process_time()
    started = last_answer = time.perf_counter()
    end = started + seconds
    try:
        while True:
            now = time.perf_counter()
            while idle and now < end and (rate is None or started + sent / rate <= now):
                line = idle.popleft()
                line.send(next(requests), now if rate is None else started + sent / rate)
                sent += 1
                busy += 1
            if now >= end and not busy:
                break
            wait = 1.0 if rate is None or not idle else max(0.0, min(end, started + sent / rate) - now)
            for number, _ in poll.poll(wait):
                line = lines[number]
                status = line.take()
                if status is None:
                    continue
                last_answer = time.perf_counter()
                load.latencies.append(last_answer - line.due)
                load.statuses[status] += 1
                idle.append(line)
                busy -= 1
            if busy and time.perf_counter() - last_answer > _SILENCE_SECONDS:
                raise LoadFailed(f"{busy} requests had no answer for {_SILENCE_SECONDS:g} s")
    finally:
        poll.close()
        for line in lines.values():
            line.close()
    load.seconds = last_answer - started
    load.cpu_seconds = time.process_time() - cpu_before
    if set(load.statuses) != {200}:
        raise LoadFailed(f"answers were {dict(load.statuses)}, not 200 alone")
    return load
