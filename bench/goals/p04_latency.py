"""P4: how even intake answers at half of what it could take, and whether something that is broken beside it shows."""

import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.desk import IntakeDesk, intake_desk
from bench.load import HOST, pace, saturate
from bench.measuring import Goal, Outcome, Pair, Point, Run, at_most, interleave, percentile
from bench.reports import signed_requests
from bench.side_by_side import warm

CONNECTIONS = 16
SECONDS = 10.0
SLOW_SOCKETS = 50


def measure(run: Run) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as name, intake_desk(Path(name)) as desk:
        warm(desk.port, desk.secret)
        seconds = run.seconds(SECONDS)
        most = saturate(desk.port, signed_requests(desk.secret, 40_000), connections=CONNECTIONS, seconds=seconds / 2)
        rate = most.rate / 2
        run.say(f"saturated at {most.rate:,.0f} reports/s; measured at {rate:,.0f}")

        def p99() -> float:
            return percentile(_latencies(desk, rate, seconds), 0.99)

        healthy = []
        for number in range(run.pairs):
            latencies = _latencies(desk, rate, seconds)
            healthy.append(Pair(percentile(latencies, 0.99), percentile(latencies, 0.50)))
            run.say(
                f"healthy, {number + 1} of {run.pairs}: p99 {healthy[-1].ours:.1f} ms, p50 {healthy[-1].theirs:.1f} ms"
            )
        broken: dict[str, Callable[[IntakeDesk], object]] = {
            "broker stopped": _without_broker,
            f"{SLOW_SOCKETS} senders that stall": _with_slow_senders,
        }
        points = [Point("p99 beside p50", "ms", healthy, at_most(3.0))]
        for title, breaking in broken.items():

            def p99_broken(breaking: Callable[[IntakeDesk], object] = breaking) -> float:
                with breaking(desk):  # type: ignore[attr-defined]  # context managers
                    return p99()

            runs = interleave(run, title, p99_broken, p99, unit="ms p99")
            points.append(Point(f"p99 with {title}, beside healthy", "ms", runs, at_most(1.2)))
    return Outcome(points, [f"Saturation at {CONNECTIONS} connections: {most.rate:,.0f} reports/s.", NO_CRM])


NO_CRM = "A dead CRM is not measured: nothing on the way to the answer knows of one."


def _latencies(desk: IntakeDesk, rate: float, seconds: float) -> list[float]:
    requests = signed_requests(desk.secret, int(rate * seconds) + CONNECTIONS)
    load = pace(desk.port, requests, connections=CONNECTIONS, seconds=seconds, rate=rate)
    return [latency * 1000 for latency in load.latencies]


@contextmanager
def _without_broker(desk: IntakeDesk) -> Iterator[None]:
    desk.valkey.stop()
    try:
        yield
    finally:
        desk.valkey.start()


@contextmanager
def _with_slow_senders(desk: IntakeDesk) -> Iterator[None]:
    """Signed by nobody knows whom: the headers promise a body, of which one byte comes."""
    with ExitStack() as opened:
        for _ in range(SLOW_SOCKETS):
            sender = opened.enter_context(socket.create_connection((HOST, desk.port), timeout=5))
            head = next(signed_requests(desk.secret, 1)).partition(b"\r\n\r\n")[0]
            sender.sendall(head + b"\r\n\r\n{")
        yield


GOAL = Goal(
    id="P4",
    title="Even answers, whatever is broken beside it",
    ours="p99 at half of saturation",
    theirs="its own p50, and its own p99 while everything is well",
    how=f"Reports by the clock over {CONNECTIONS} connections, 10 s a stretch; waiting for a free connection counts.",
    minutes=6.0,
    measure=measure,
    obstacle=(
        "the threads of a web process take turns on one interpreter, and two processes share two cores with PostgreSQL:"
        " a report that meets another waits for a turn of it."
    ),
)
