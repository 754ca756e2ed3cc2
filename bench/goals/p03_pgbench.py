"""P3: reports a second, beside pgbench doing the same inserts in one transaction: the database's own limit."""

import tempfile
from pathlib import Path

from bench.desk import intake_desk
from bench.goals.p01_intake import NO_COMPILER
from bench.measuring import Goal, Outcome, Point, Run, at_least, interleave
from bench.peers.pgbench import transactions_a_second, write_script
from bench.side_by_side import CONNECTIONS, SECONDS, rate_of, warm
from bench.slow_disk import build


def measure(run: Run) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as name:
        points = _points(run, Path(name) / "fast", None)
        slow_disk = build(Path(name))
        if slow_disk is None:
            return Outcome(points, [NO_COMPILER])
        return Outcome([*points, *_points(run, Path(name) / "slow", slow_disk)])


def _points(run: Run, folder: Path, slow_disk: Path | None) -> list[Point]:
    folder.mkdir()
    seconds = run.seconds(SECONDS)
    points = []
    with intake_desk(folder / "desk", slow_disk=slow_disk) as desk:
        warm(desk.port, desk.secret)
        script = folder / "report.sql"
        write_script(desk.urls.owner, script)
        for connections in CONNECTIONS:
            title = f"{connections} connection{'s'[: connections > 1]}{', fsync + 1 ms' if slow_disk else ''}"
            ours = rate_of(desk.port, desk.secret, connections=connections, seconds=seconds)

            def theirs(connections: int = connections) -> float:
                return transactions_a_second(script, desk.urls.app, connections=connections, seconds=seconds)

            runs = interleave(run, title, ours, theirs, unit="reports/s")
            points.append(Point(title, "reports/s", runs, None if slow_disk else at_least(0.25)))
    return points


GOAL = Goal(
    id="P3",
    title="Intake beside the bare database",
    ours="as P1",
    theirs="pgbench with prepared statements: the same three rows in one transaction, on the same tables",
    how="As P1; pgbench with as many connections.",
    minutes=5.0,
    measure=measure,
    obstacle=("Python: pgbench sends the same statement from C, with its parameters ready."),
)
