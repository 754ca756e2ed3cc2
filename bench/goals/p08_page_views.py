"""P8: what it costs to record that a page with fifty callers was looked at, beside two packages that record views."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.desk import IntakeDesk, intake_desk
from bench.measuring import Goal, Outcome, Pair, Point, Run, at_most
from bench.side_by_side import warm

PAGES = 40
PACKAGES = {"auditlog": "django-auditlog", "easyaudit": "django-easy-audit"}


def measure(run: Run) -> Outcome:
    pages = max(5, PAGES // 4) if run.quick else PAGES
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as name, intake_desk(Path(name)) as desk:
        warm(desk.port, desk.secret)
        desk.manage("drain")
        for package in PACKAGES:
            desk.manage("migrate", package, "--verbosity", "0", DJANGO_SETTINGS_MODULE=_settings(package))
        ours: list[Pair] = []
        costs: dict[str, list[Pair]] = {package: [] for package in PACKAGES}
        for number in range(run.pairs):
            pair = _page(desk, "ours", pages)
            ours.append(pair)
            for package, runs in costs.items():
                runs.append(Pair(_cost(pair), _cost(_page(desk, package, pages))))
            told = ", ".join(f"{PACKAGES[package]} {runs[-1].theirs:.2f} ms" for package, runs in costs.items())
            run.say(f"{number + 1} of {run.pairs}: page {pair.ours:.1f} ms, recording {_cost(pair):.2f} ms; {told}")
    points = [Point("the queue's page, with and without recording", "ms", ours, at_most(1.05))]
    for package, runs in costs.items():
        points.append(Point(f"cost per page beside {PACKAGES[package]}", "ms", runs, at_most(1.0), _REMARKS[package]))
    return Outcome(points)


_REMARKS = {
    "auditlog": "one entry per caller shown, as its LogAccessMixin writes them; no request, no fields",
    "easyaudit": "one entry per request: the address and who; not whose data was shown",
}


def _settings(recorder: str) -> str:
    return f"bench.peers.settings_{recorder}"


def _page(desk: IntakeDesk, recorder: str, pages: int) -> Pair:
    """The page with its recorder on and off, alternating, medians of a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.peers.page_views", recorder, str(pages)],
        env={**desk.environment, "DJANGO_SETTINGS_MODULE": _settings(recorder), "LOG_LEVEL": "ERROR"},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    found = json.loads(done.stdout)
    return Pair(found["with"], found["without"])


def _cost(pair: Pair) -> float:
    assert pair.theirs is not None
    return pair.ours - pair.theirs


GOAL = Goal(
    id="P8",
    title="Recording who saw a page",
    ours="the queue's page with its callers' fields recorded, durable before the first byte",
    theirs="the same page without recording; the two packages' cost on the same page and database",
    how=f"In process, signed in as front desk, {PAGES} pages with and {PAGES} without, alternating, a run.",
    minutes=3.0,
    measure=measure,
    obstacle=(
        "each of the fifty callers shown is an event of its own with the fields that were opened, written and committed"
        " before the first byte; easy-audit writes one row a request, which names nobody."
    ),
)
