"""P12: how long `make run` takes until the desk is ready: first install, first start, every later start."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.measuring import Goal, Outcome, Pair, Point, Run, no_more_than
from bench.whole_desk import REPOSITORY, whole_desk

INSTALL_SECONDS = 600


def measure(run: Run) -> Outcome:
    cold: list[Pair] = []
    warm: list[Pair] = []
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as name:
        for number in range(run.pairs):
            data = Path(name) / f"desk-{number}"
            for starts in (cold, warm):
                with whole_desk(data) as desk:
                    starts.append(Pair(desk.ready_seconds, None))
            run.say(f"{number + 1} of {run.pairs}: first start {cold[-1].ours:.1f} s, again {warm[-1].ours:.1f} s")
            shutil.rmtree(data)
        points = [
            Point("first start, everything installed", "s", cold, no_more_than(10)),
            Point("every later start", "s", warm, no_more_than(5)),
        ]
        if run.quick:
            return Outcome(points, ["The first install is left out of a quick run."])
        run.say("a fresh clone, with its install ...")
        clone = Path(name) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
        with whole_desk(
            Path(name) / "cloned", command=("make", "run"), folder=clone, most_seconds=INSTALL_SECONDS
        ) as desk:
            install = Pair(desk.ready_seconds, None)
    remark = "a fresh clone; packages come from uv's cache where this machine has them, else from PyPI"
    return Outcome([*points, Point("first `make run` of a clone", "s", [install], no_more_than(60), remark)])


GOAL = Goal(
    id="P12",
    title="Ready to work",
    ours="wall time until `Ringback is ready` is printed",
    theirs="nothing; the goals are limits",
    how="A new data folder each time, then the same folder again.",
    minutes=3.0,
    measure=measure,
    obstacle=(
        "six Python processes, each of which loads Django and its libraries in about 1.2 s of processor time, on two cores;"
        " the first start also runs every migration."
    ),
)
