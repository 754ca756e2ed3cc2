"""The promise: what share of callers is tried in time in a simulated week, beside first in first out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bench.measuring import Bound, Goal, Outcome, Pair, Point, Run, no_less_than
from bench.week.ground import migrated_database

if TYPE_CHECKING:
    from bench.week.figures import Figures

CALLS_A_WEEKDAY, DAYS = 165, 9


def measure(run: Run) -> Outcome:
    days = 3 if run.quick else DAYS
    with migrated_database():
        from bench.week.desk import Policy, SimulatedDesk
        from bench.week.figures import figures

        found = {}
        for policy in Policy:
            run.say(f"{days} days, {policy}")
            desk = SimulatedDesk(policy, per_weekday=CALLS_A_WEEKDAY, days=days, seed=1)
            desk.run(lambda _: None)
            found[policy] = figures(desk.clinic, desk.end)
    ours, fifo = found[Policy.RINGBACK], found[Policy.FIFO]

    def point(name: str, unit: str, figure: Callable[[Figures], float], bound: Bound | None = None) -> Point:
        # Moved clocks and one seed give the same figures each time, so one pair says all.
        return Point(name, unit, [Pair(figure(ours), figure(fifo))], bound)

    return Outcome(
        [
            point("promises kept where hours allow", "%", lambda of: 100 * of.kept_keepable, no_less_than(99)),
            point("promises kept of all", "%", lambda of: 100 * of.kept),
            point("callers reached", "%", lambda of: 100 * of.reached),
            point("open minutes to the first try", "min", lambda of: of.open_minutes_to_first_try),
        ]
    )


GOAL = Goal(
    id="Week",
    title="The promise, in a week that is played",
    ours="callers dealt by `claim_next`, through the real services and PostgreSQL with a moved clock",
    theirs="the same callers and staff, first in first out",
    how=(
        f"{CALLS_A_WEEKDAY} calls a weekday for {DAYS} days from a Monday, two people, answer rates of bench/week/callers.py."
        " `python -m bench.week` plays other volumes."
    ),
    minutes=4.0,
    measure=measure,
)
