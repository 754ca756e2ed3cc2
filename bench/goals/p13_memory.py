"""P13: what the whole desk holds in memory while nothing happens."""

import tempfile
import time
from pathlib import Path

from bench.measuring import Goal, Outcome, Pair, Point, Run, no_more_than
from bench.whole_desk import whole_desk

REST_SECONDS = 30.0


def measure(run: Run) -> Outcome:
    runs, facts = [], []
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as name:
        for number in range(min(run.pairs, 3)):
            with whole_desk(Path(name) / f"desk-{number}") as desk:
                time.sleep(run.seconds(REST_SECONDS))
                parts = {family.name: (family.pss_mib(), len(family.members())) for family in desk.families()}
            runs.append(Pair(sum(mib for mib, _ in parts.values()), None))
            run.say(f"{number + 1} of {min(run.pairs, 3)}: {runs[-1].ours:.0f} MiB")
            facts = [f"{name}: {mib:,.0f} MiB in {count} processes." for name, (mib, count) in parts.items()]
    return Outcome([Point("idle desk, PSS", "MiB", runs, no_more_than(600))], facts)


GOAL = Goal(
    id="P13",
    title="Memory at rest",
    ours="PSS of every process of the desk, half a minute after it was ready",
    theirs="nothing; the goal is a limit",
    how="Pages shared between processes are divided among them. `make bench-growth` looks for growth over 30 minutes.",
    minutes=2.5,
    measure=measure,
    obstacle=(
        "nine Python processes (two for web, three for the worker among them) with Django and its libraries, about 70 MiB"
        " each."
    ),
)
