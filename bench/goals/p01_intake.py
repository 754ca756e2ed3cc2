"""P1: reports a second through the whole of intake, beside the article's server, which stores nothing."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from bench.desk import IntakeDesk, intake_desk
from bench.footprint import Family
from bench.measuring import Goal, Outcome, PeerMissing, Point, Run, at_least, interleave
from bench.peers.article_server import ArticleServer, article_server, stub_crm, versions
from bench.side_by_side import CONNECTIONS, SECONDS, Cost, families_of, rate_of, warm
from bench.slow_disk import build

NO_COMPILER = "1 ms fsync left out: it needs a C compiler for bench/slow_disk.c"


@contextmanager
def both(
    folder: Path, *, crm_delay_ms: float, slow_disk: Path | None = None
) -> Iterator[tuple[IntakeDesk, ArticleServer | None, str]]:
    """A desk and, if it can run here, the article's server; both warm. The text says why there is no peer."""
    with ExitStack() as started:
        desk = started.enter_context(intake_desk(folder / "desk", slow_disk=slow_disk))
        warm(desk.port, desk.secret)
        try:
            crm = started.enter_context(stub_crm(crm_delay_ms, folder))
            article = started.enter_context(article_server(desk.secret, crm, folder))
        except PeerMissing as missing:
            yield desk, None, str(missing)
            return
        warm(article.port, desk.secret)
        yield desk, article, ""


def measure(run: Run) -> Outcome:
    seconds = run.seconds(SECONDS)
    facts: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as name:
        with both(Path(name) / "fast", crm_delay_ms=0) as (desk, article, missing):
            cost = Cost(families_of(desk))
            shares: list[float] = []
            points = _points(run, desk, article, missing, seconds, cost=cost, shares=shares)
            facts += [*_facts(desk, article, cost, shares), _parts(desk)]
        slow_disk = build(Path(name))
        if slow_disk is None:
            return Outcome(points, [*facts, NO_COMPILER])
        with both(Path(name) / "slow", crm_delay_ms=0, slow_disk=slow_disk) as (desk, article, missing):
            points += _points(run, desk, article, missing, seconds, suffix=", fsync + 1 ms")
    return Outcome(points, facts)


def _points(
    run: Run,
    desk: IntakeDesk,
    article: ArticleServer | None,
    missing: str,
    seconds: float,
    *,
    suffix: str = "",
    cost: Cost | None = None,
    shares: list[float] | None = None,
) -> list[Point]:
    points = []
    for connections in CONNECTIONS:
        name = f"{connections} connection{'s'[: connections > 1]}{suffix}"
        ours = rate_of(desk.port, desk.secret, connections=connections, seconds=seconds, cost=cost, shares=shares)
        theirs = article and rate_of(
            article.port, desk.secret, connections=connections, seconds=seconds, shares=shares
        )
        runs = interleave(run, name, ours, theirs or None, unit="reports/s")
        # The goal was set for the machine's own disk; the slow one is told beside it.
        points.append(Point(name, "reports/s", runs, None if suffix else at_least(1.0), missing))
    return points


def _facts(desk: IntakeDesk, article: ArticleServer | None, cost: Cost, shares: list[float]) -> list[str]:
    spent = ", ".join(f"{name} {median(values):,.0f} µs" for name, values in cost.per_report.items())
    facts = [
        f"Processor time per report (median of all stretches): {spent}.",
        f"The load generator took at most {max(shares):.0%} of one core.",
        f"Memory (RSS) after the load: {_memory(families_of(desk))}.",
    ]
    if article:
        facts.append(
            f"The article's server: {versions()}; memory (RSS) {_memory([Family('Node', root=article.pid)])}."
        )
    return facts


def _parts(desk: IntakeDesk) -> str:
    """Where the time of one report goes, measured in a process of its own while nothing else is asked of the desk."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.intake_parts"],
        env=desk.environment,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    told = ", ".join(f"{name} {took:,.0f} µs" for name, took in json.loads(done.stdout).items())
    return f"One report alone in one process, wall time of each part: {told}."


def _memory(families: list[Family]) -> str:
    return ", ".join(f"{family.name} {family.rss_mib():,.0f} MiB" for family in families)


GOAL = Goal(
    id="P1",
    title="Intake, complete",
    ours="signature, reading, screen of keys, sealing, audit, outbox, commit; two web processes, fsync on",
    theirs="the article's complete example with a CRM that answers at once; it stores nothing",
    how="Reports a second at 1, 8 and 32 connections, every body another call, 4 s a stretch; worker and relay rest.",
    minutes=5.5,
    measure=measure,
    obstacle=(
        "processor time, of which the two cores have no more. PostgreSQL's part is the price of storing (P3 shows it"
        " without any of us); the web processes' is Python, spread over many small steps of which none stands out."
        " The server beside us stores nothing and keeps its one core for answering."
    ),
)
