"""P11-staff: what staff wait for their pages while the clinic's CRM hangs, beside the same pages while it answers."""

import os
import re
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench.crm_desk import ALLOWED, Lanes, connect_crm, crms, set_up_django
from bench.desk import intake_desk
from bench.measuring import Goal, Outcome, Point, Run, at_most, interleave, percentile
from bench.staff_browser import StaffBrowser

CALLBACKS = 2_000
PAGES = 60
# Answers as a system across the town does.
HEALTHY_SECONDS = "0.05"
_WARM_SECONDS = 2.0
_WORKSPACE = re.compile(rb'href="(/callbacks/[0-9a-f-]{36})"')


def measure(run: Run) -> Outcome:
    os.environ |= ALLOWED
    pages = PAGES // 2 if run.quick else PAGES
    with (
        tempfile.TemporaryDirectory(prefix="ringback-bench-") as name,
        intake_desk(Path(name)) as desk,
        crms([HEALTHY_SECONDS, "never"], Path(name)) as ports,
    ):
        desk.manage("generate_load", "--callbacks", str(CALLBACKS), "--open", str(CALLBACKS))
        set_up_django(desk)
        healthy, hung = (connect_crm(name, port) for name, port in zip(("healthy", "hung"), ports, strict=True))
        with (
            desk.beside("crm-worker"),
            closing(Lanes(desk)) as lanes,
            closing(StaffBrowser(desk.port, Path(name), "ana")) as ana,
        ):
            found = _WORKSPACE.search(ana.get("/queue"))
            if found is None:
                raise RuntimeError("nobody stands on the queue")
            workspace = found[1].decode()
            lanes.want_again()

            def p95(path: str, target: str) -> float:
                lanes.only([target])
                time.sleep(_WARM_SECONDS)
                return percentile([ana.seconds(path) for _ in range(pages)], 0.95) * 1000

            points = [
                Point(
                    f"p95 of the {said}",
                    "ms",
                    interleave(
                        run,
                        f"{said}, CRM hung and healthy",
                        lambda path=path: p95(path, hung),  # type: ignore[misc]
                        lambda path=path: p95(path, healthy),  # type: ignore[misc]
                        unit="ms",
                    ),
                    at_most(1.25),
                )
                for said, path in (("queue", "/queue"), ("workspace", workspace))
            ]
            lanes.only([])
    return Outcome(points, [])


GOAL = Goal(
    id="P11-staff",
    title="Staff while a CRM hangs",
    ours="p95 of the queue and of a callback's page while the only CRM takes requests and never answers",
    theirs=f"the same while it answers in {float(HEALTHY_SECONDS) * 1000:g} ms and is told as fast as it takes",
    how=f"{CALLBACKS:,} callbacks wait to be told; {PAGES} pages each time over HTTP, one after the other.",
    minutes=5.0,
    measure=measure,
)
