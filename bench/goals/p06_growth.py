"""P6: whether the staff's pages take longer at a million callbacks, 50,000 of them open, than at a thousand."""

import gzip
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psycopg

from bench.desk import intake_desk
from bench.measuring import Goal, Outcome, Point, Run, at_most, interleave
from bench.staff_browser import StaffBrowser

MANY, MANY_OPEN = 1_000_000, 50_000
# A rough look has no minutes for a million.
QUICK_MANY, QUICK_MANY_OPEN = 60_000, 10_000
FEW, FEW_OPEN = 1_000, 200
PAGES = 50
_NEXT = re.compile(rb'href="(/queue\?view=next&amp;after=[^"]+)"')
_PULSE = re.compile(rb'"(/queue/pulse\?[^"]+)"')
_WORKSPACE = re.compile(rb'href="(/callbacks/[0-9a-f-]{36})"')
_LINKED = re.compile(rb'(?:href|src)="(/static/[^"]+)"')


def measure(run: Run) -> Outcome:
    many, many_open = (QUICK_MANY, QUICK_MANY_OPEN) if run.quick else (MANY, MANY_OPEN)
    with _desk_of(run, many, many_open) as (big, filling), _desk_of(run, FEW, FEW_OPEN) as (small, _):
        ours, theirs = _pages(big), _pages(small)
        points = [
            Point(
                f"{said}, server time",
                "ms",
                interleave(
                    run,
                    f"{said}, {many:,} and {FEW:,}",
                    lambda said=said: _milliseconds(big, ours[said]),  # type: ignore[misc]
                    lambda said=said: _milliseconds(small, theirs[said]),  # type: ignore[misc]
                    unit="ms",
                ),
                at_most(1.25),
            )
            for said in ours
            if said in theirs
        ]
        facts = [f"Filling: {filling}.", _first_load(big)]
    return Outcome(points, facts)


@contextmanager
def _desk_of(run: Run, callbacks: int, still_open: int) -> Iterator[tuple[StaffBrowser, str]]:
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as name, intake_desk(Path(name)) as desk:
        run.say(f"filling a desk with {callbacks:,} callbacks")
        desk.manage("generate_load", "--callbacks", str(callbacks), "--open", str(still_open))
        said = (Path(name) / "generate_load.log").read_text(encoding="utf-8").splitlines()
        with psycopg.connect(desk.urls.owner, autocommit=True) as owner:
            owner.execute("VACUUM ANALYZE")
        browser = StaffBrowser(desk.port, Path(name), "sam")
        try:
            yield browser, next(line for line in reversed(said) if line.startswith("callbacks"))
        finally:
            browser.close()


def _pages(browser: StaffBrowser) -> dict[str, str]:
    """The pages by what they are called; links as the pages themselves give them."""
    queue = browser.get("/queue")
    found = {
        "first page of the queue": "/queue",
        "next page": _link(_NEXT, queue),
        "waiting tab": "/queue?view=waiting",
        "review tab": "/queue?view=review",
        "closed tab": "/queue?view=closed",
        "poll for changes": _link(_PULSE, queue),
        "workspace": _link(_WORKSPACE, queue),
    }
    if b'href="/supervise"' in queue:
        found["dashboard"] = "/supervise"
    return found


def _link(pattern: re.Pattern[bytes], page: bytes) -> str:
    link = pattern.search(page)
    if link is None:
        raise RuntimeError(f"no link like {pattern.pattern!r} on the queue")
    return link[1].decode().replace("&amp;", "&")


def _milliseconds(browser: StaffBrowser, path: str) -> float:
    return median(browser.seconds(path) for _ in range(PAGES)) * 1000


def _first_load(browser: StaffBrowser) -> str:
    """What the first look at the queue brings over the wire, compressed."""
    page = browser.get("/queue")
    files = sorted({link.decode() for link in _LINKED.findall(page)})
    weight = sum(len(gzip.compress(body)) for body in (page, *map(browser.get, files)))
    return f"First load of the queue: {weight / 1000:.0f} kB compressed, page and {len(files)} files."


GOAL = Goal(
    id="P6",
    title="Pages as the desk grows",
    ours=f"a page of a supervisor's at {MANY:,} callbacks, {MANY_OPEN:,} of them open",
    theirs=f"the same page at {FEW:,}, {FEW_OPEN} of them open",
    how=f"Median of {PAGES} over HTTP on one connection, by turns; both desks run beside each other, filled by generate_load.",
    minutes=14.0,
    measure=measure,
)
