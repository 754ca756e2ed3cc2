"""P13, the long half: does the desk's memory grow while reports come at ten times a clinic's pace? Half an hour."""

import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import linear_regression

from bench.load import Connection
from bench.measuring import Goal, Outcome, Pair, Point, Run, no_more_than
from bench.reports import signed_requests
from bench.whole_desk import WholeDesk, whole_desk

MINUTES = 30
# A busy clinic has a call every twenty seconds.
REPORT_EVERY_SECONDS = 2.0
SAMPLE_EVERY_SECONDS = 30.0
# Caches and pools fill first.
SETTLING_SHARE = 0.25


def measure(run: Run) -> Outcome:
    seconds = run.seconds(MINUTES * 60) / (4 if run.quick else 1)
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as name, whole_desk(Path(name) / "desk") as desk:
        samples = _samples(desk, run, seconds)
    settled = [sample for sample in samples if sample[0] >= seconds * SETTLING_SHARE]
    slope, _ = linear_regression([at / 3600 for at, _ in settled], [mib for _, mib in settled])
    facts = [f"PSS {samples[0][1]:,.0f} MiB at the start, {samples[-1][1]:,.0f} MiB after {seconds / 60:.0f} minutes."]
    bound = no_more_than(20)
    return Outcome(
        [Point("growth once settled", "MiB/h", [Pair(slope, None)], bound, "a line through all samples")], facts
    )


def _samples(desk: WholeDesk, run: Run, seconds: float) -> list[tuple[float, float]]:
    """(seconds since the start, PSS in MiB of all processes), while reports come in."""
    samples: list[tuple[float, float]] = []
    started = time.monotonic()
    for request in signed_requests(desk.secret, int(seconds / REPORT_EVERY_SECONDS)):
        # A connection for each, as VAPI's are.
        with closing(Connection(desk.port)) as sender:
            sender.ask(request)
        now = time.monotonic() - started
        if not samples or now - samples[-1][0] >= SAMPLE_EVERY_SECONDS:
            samples.append((now, sum(family.pss_mib() for family in desk.families())))
            run.say(f"{now / 60:.1f} min: {samples[-1][1]:.0f} MiB")
        time.sleep(REPORT_EVERY_SECONDS)
    return samples


GOAL = Goal(
    id="P13-growth",
    title="Memory under load",
    ours=f"PSS of every process of the desk over {MINUTES} minutes, a report every {REPORT_EVERY_SECONDS:g} s",
    theirs="nothing; the goal is a limit",
    how="The slope of a line through the samples after the first quarter. `make bench-growth` runs it.",
    minutes=MINUTES + 1,
    measure=measure,
    on_request=True,
)
