"""`python -m bench.week`: is the promise kept? The same callers, once in Ringback's order, once first in first out."""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import date, datetime

from bench.week.callers import ZONE
from bench.week.ground import migrated_database

VOLUMES = (120, 165, 185)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.week", description=__doc__)
    parser.add_argument("--days", type=int, default=12, help="days played from a Monday on (default: %(default)s)")
    parser.add_argument(
        "--volumes", type=int, nargs="+", default=VOLUMES, help="calls a weekday (default: 120 165 185)"
    )
    parser.add_argument("--seed", type=int, default=1, help="which invented callers (default: %(default)s)")
    options = parser.parse_args()
    with migrated_database():
        from bench.week.desk import Policy, SimulatedDesk
        from bench.week.figures import HEAD, figures, row

        rows = []
        for volume in options.volumes:
            for policy in Policy:
                started = time.monotonic()
                desk = SimulatedDesk(policy, per_weekday=volume, days=options.days, seed=options.seed)
                desk.run(_progress(f"{volume} a weekday, {policy}"))
                rows.append(row(volume, policy, figures(desk.clinic, desk.end)))
                sys.stderr.write(f"  {time.monotonic() - started:.0f} s\n")
        print("\n".join([HEAD, *rows]))
    return 0


def _progress(what: str) -> Callable[[datetime], None]:
    days: set[date] = set()

    def tick(instant: datetime) -> None:
        today = instant.astimezone(ZONE).date()
        if today not in days:
            days.add(today)
            sys.stderr.write(f"\r{what}: {today:%a %d %b} ")
            sys.stderr.flush()

    return tick


if __name__ == "__main__":
    sys.exit(main())
