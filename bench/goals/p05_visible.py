"""P5: from the answer to a report until its callback can be seen on the queue."""

import json
import tempfile
import time
from contextlib import closing
from pathlib import Path
from uuid import UUID

import psycopg

from bench.desk import IntakeDesk, intake_desk
from bench.load import Connection
from bench.measuring import Goal, Outcome, Pair, Point, Run, no_more_than, percentile
from bench.reports import signed_requests
from bench.side_by_side import warm
from config.management.commands.drain import POLL_SECONDS

REPORTS = 60
PAUSE_SECONDS = 0.3
_ASK_AGAIN_SECONDS = 0.005
_PATIENCE_SECONDS = 30.0
_OPENED = "SELECT callback_id IS NOT NULL FROM intake_delivery WHERE id = %s"


def measure(run: Run) -> Outcome:
    reports = REPORTS // 4 if run.quick else REPORTS
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as name, intake_desk(Path(name)) as desk:
        warm(desk.port, desk.secret)
        desk.manage("drain")
        with desk.beside("relay"):
            with desk.beside("worker"):
                _seconds_until_visible(desk, 5)
                with_broker = _seconds_until_visible(desk, reports)
                run.say(f"with broker: p95 {percentile(with_broker, 0.95):.2f} s")
            desk.valkey.stop()
            without = _seconds_until_visible(desk, reports)
            run.say(f"without: p95 {percentile(without, 0.95):.2f} s")
            desk.valkey.start()
    one_sweep = "one sweep is the relay's pause; the opening itself comes on top of it"
    return Outcome(
        [
            Point("p95 with broker and worker", "s", [Pair(percentile(with_broker, 0.95), None)], no_more_than(2.0)),
            Point(
                "p95 without both, by the relay",
                "s",
                [Pair(percentile(without, 0.95), None)],
                no_more_than(POLL_SECONDS + 0.25),
                one_sweep,
            ),
        ],
        [f"Medians: {percentile(with_broker, 0.5):.3f} s with broker, {percentile(without, 0.5):.3f} s without."],
    )


def _seconds_until_visible(desk: IntakeDesk, count: int) -> list[float]:
    found = []
    with (
        psycopg.connect(desk.urls.owner, autocommit=True) as database,
        closing(Connection(desk.port)) as sender,
    ):
        for request in signed_requests(desk.secret, count):
            answer = json.loads(sender.ask(request))
            answered = time.perf_counter()
            _wait_for_callback(database, UUID(answer["id"]), answered)
            found.append(time.perf_counter() - answered)
            time.sleep(PAUSE_SECONDS)
    return found


def _wait_for_callback(database: psycopg.Connection[tuple[object, ...]], delivery_id: UUID, answered: float) -> None:
    while database.execute(_OPENED, [delivery_id]).fetchone() != (True,):
        if time.perf_counter() - answered > _PATIENCE_SECONDS:
            raise TimeoutError(f"the callback did not come in {_PATIENCE_SECONDS:g} s")
        time.sleep(_ASK_AGAIN_SECONDS)


GOAL = Goal(
    id="P5",
    title="From the answer to the queue",
    ours="the callback's row, committed: what the next look at the queue shows",
    theirs="nothing; the goal is a limit",
    how=f"{REPORTS} reports one after the other, a few a second, asked for every 5 ms.",
    minutes=2.0,
    measure=measure,
)
