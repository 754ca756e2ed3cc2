"""P2: the same reports when the clinic's CRM takes 50 ms: the article's server waits for it, ours answers first."""

import tempfile
from pathlib import Path

from bench.goals.p01_intake import both
from bench.measuring import Goal, Outcome, Point, Run, at_least, interleave
from bench.side_by_side import SECONDS, rate_of

CRM_DELAY_MS = 50


def measure(run: Run) -> Outcome:
    seconds = run.seconds(SECONDS)
    points = []
    with (
        tempfile.TemporaryDirectory(prefix="ringback-bench-") as name,
        both(Path(name), crm_delay_ms=CRM_DELAY_MS) as (desk, article, missing),
    ):
        for connections, bound in ((8, at_least(10.0)), (32, None)):
            ours = rate_of(desk.port, desk.secret, connections=connections, seconds=seconds)
            theirs = article and rate_of(article.port, desk.secret, connections=connections, seconds=seconds)
            title = f"{connections} connections"
            runs = interleave(run, title, ours, theirs or None, unit="reports/s")
            points.append(Point(title, "reports/s", runs, bound, missing))
    return Outcome(points)


GOAL = Goal(
    id="P2",
    title="Intake while the CRM is slow",
    ours="as P1; the CRM is told later",
    theirs=f"the article's server with a CRM that answers after {CRM_DELAY_MS} ms",
    how="As P1.",
    minutes=1.7,
    measure=measure,
    obstacle=(
        "what stands in the way of P1; with more connections its peer waits for more CRMs at once, and we do not wait at all."
    ),
)
