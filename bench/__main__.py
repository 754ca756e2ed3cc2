"""Bench's command, behind `make bench`: measures the goals, keeps results, prints the table and writes the page."""

import argparse
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor

from bench.goals import all_goals
from bench.measuring import Goal, Outcome, Run
from bench.results import table, write_page, write_result


def main() -> int:
    goals = all_goals()
    usual = [goal for goal in goals if not goal.on_request]
    whole = sum(goal.minutes for goal in usual)
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=f"Measures Ringback beside its peers, about {whole:.0f} minutes for everything on two cores.",
        epilog="environment: ARTICLE=path of the article's text (Markdown or plain), for its server: it is not ours to keep here",
    )
    parser.add_argument(
        "goals", nargs="*", metavar="GOAL", help=", ".join(f"{goal.id} ({goal.minutes:g} min)" for goal in goals)
    )
    parser.add_argument(
        "--quick", action="store_true", help="two short pairs each; does not touch docs/performance.md"
    )
    asked = parser.parse_args()
    known = {goal.id: goal for goal in goals}
    if unknown := [name for name in asked.goals if name not in known]:
        parser.error(f"there is no goal {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = [known[name] for name in asked.goals] or usual

    run = Run(quick=asked.quick)
    results = []
    for number, goal in enumerate(chosen, start=1):
        minutes = goal.minutes / 4 if asked.quick else goal.minutes
        run.say(f"{goal.id} {goal.title} ({number} of {len(chosen)}, about {minutes:.1g} min)")
        load_before = os.getloadavg()[0]
        outcome = _in_a_process_of_its_own(goal, run)
        results.append(write_result(goal, outcome, quick=asked.quick, load_before=load_before))
    print(f"\n{table(results)}")
    for result in results:
        for fact in result["facts"]:
            print(f"{result['goal']}: {fact}")
    if not asked.quick:
        write_page(goals)
    return 0


def _in_a_process_of_its_own(goal: Goal, run: Run) -> Outcome:
    """Goals need different settings, and one must not warm the caches of another."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh) as process:
        return process.submit(goal.measure, run).result()


if __name__ == "__main__":
    sys.exit(main())
