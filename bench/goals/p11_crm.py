"""P11: callbacks waiting for three CRMs, one of them slow: whether the other two go on as if it were not there."""

import os
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench.crm_desk import ALLOWED, Lanes, connect_crm, crms, set_up_django
from bench.desk import intake_desk
from bench.measuring import Goal, Outcome, Point, Run, at_least, interleave, percentile

CALLBACKS = 10_000
SLOW_SECONDS = "0.5"
WINDOW_SECONDS = 12.0
_WARM_SECONDS = 2.0


def measure(run: Run) -> Outcome:
    os.environ |= ALLOWED
    with (
        tempfile.TemporaryDirectory(prefix="ringback-bench-") as name,
        intake_desk(Path(name)) as desk,
        crms(["0", "0", SLOW_SECONDS], Path(name)) as ports,
    ):
        desk.manage("generate_load", "--callbacks", str(CALLBACKS), "--open", str(CALLBACKS))
        set_up_django(desk)
        names = ("first", "second", "slow")
        first, second, slow = (connect_crm(name, port) for name, port in zip(names, ports, strict=True))
        with desk.beside("crm-worker"), closing(Lanes(desk)) as lanes:
            lanes.want_again()
            seconds = run.seconds(WINDOW_SECONDS)
            told = dict.fromkeys((first, second, slow), 0.0)

            def rate(targets: list[str]) -> float:
                """What the two quick ones take in a second, together, while `targets` are told."""
                lanes.only(targets)
                time.sleep(_WARM_SECONDS)
                before, started = {target: lanes.told(target) for target in targets}, time.perf_counter()
                time.sleep(seconds)
                took = time.perf_counter() - started
                for target in targets:
                    told[target] = (lanes.told(target) - before[target]) / took
                if not all(told[target] for target in targets):
                    raise RuntimeError("a CRM was told nothing")
                return told[first] + told[second]

            pairs = interleave(
                run,
                "two quick CRMs beside a slow one, and alone",
                lambda: rate([first, second, slow]),
                lambda: rate([first, second]),
                unit="a second",
            )
            lanes.only([])
            lags = {target: lanes.lags(target) for target in (first, second, slow)}
            facts = [
                f"{said}: {told[target]:.0f} a second in the last window beside the others; lag of the"
                f" {len(lags[target]):,} told so far p50 {percentile(lags[target], 0.5):.1f} s,"
                f" p95 {percentile(lags[target], 0.95):.1f} s, of {CALLBACKS:,} that began to wait at once."
                for said, target in zip(names, (first, second, slow), strict=True)
            ]
    return Outcome([Point("told by both quick CRMs, beside a slow one", "/s", pairs, at_least(0.9))], facts)


GOAL = Goal(
    id="P11",
    title="One slow CRM among three",
    ours=f"the rate of two CRMs that answer at once while a third takes {SLOW_SECONDS} s for each answer",
    theirs="the same two without the third",
    how=f"{CALLBACKS:,} callbacks wait for each; windows of {WINDOW_SECONDS:g} s, the worker of `make run`, loopback.",
    minutes=4.0,
    measure=measure,
)
