"""Bench's results: one JSON file a goal, the table on the screen, and docs/performance.md from all of them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.machine import machine_line
from bench.measuring import Goal, Outcome, Point

BENCH = Path(__file__).resolve().parent
RESULTS = BENCH / "results"
QUICK_RESULTS = RESULTS / "quick"
PAGE = BENCH.parent / "docs" / "performance.md"

_TABLE_HEAD = "| goal | measured | ours | theirs | ratio | asked | met |\n|---|---|---:|---:|---:|---|---|"
_PREFACE = """\
# Performance

<!-- Written by `make bench` from bench/results/. Do not edit: change bench/ and run it again. -->

Absolute times differ from machine to machine, so each goal is a ratio to something that runs beside us: medians of
interleaved runs (ours, theirs, ours, theirs ...) on one machine, over loopback. `make bench` measures all of it,
`make bench ONLY=P14` one goal, `make bench QUICK=1` a rough look that leaves this page alone.
"""


def write_result(goal: Goal, outcome: Outcome, *, quick: bool, load_before: float) -> dict[str, Any]:
    """Keep what a goal gave. The file's own ours, theirs and ratio are those of its hardest point."""
    result: dict[str, Any] = {
        "goal": goal.id,
        **_figures(min(outcome.points, key=_room)),
        "points": [_told(point) for point in outcome.points],
        "facts": outcome.facts,
        "quick": quick,
        "taken_at": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": machine_line(),
        "load_before": round(load_before, 2),
    }
    folder = QUICK_RESULTS if quick else RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1, ensure_ascii=False)
    (folder / f"{goal.id}.json").write_text(f"{text}\n", encoding="utf-8")
    return result


def table(results: list[dict[str, Any]]) -> str:
    """All points as a Markdown table; it reads well on a screen too."""
    rows = [_row(result["goal"], point) for result in results for point in result["points"]]
    return "\n".join([_TABLE_HEAD, *rows])


def write_page(goals: list[Goal]) -> None:
    """Write docs/performance.md from the results there are; a goal never measured is named as such."""
    kept = {goal.id: _kept(goal) for goal in goals}
    known = [result for result in kept.values() if result]
    sections = [_PREFACE, table(known) if known else "Nothing is measured yet."]
    sections += [_section(goal, kept[goal.id]) for goal in goals]
    PAGE.write_text("\n\n".join(section.strip() for section in sections) + "\n", encoding="utf-8")


def _kept(goal: Goal) -> dict[str, Any] | None:
    path = RESULTS / f"{goal.id}.json"
    if not path.exists():
        return None
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return result


def _figures(point: Point) -> dict[str, Any]:
    ours, theirs, ratio = point.ours, point.theirs, point.ratio
    return {
        "ours": _rounded(ours),
        "theirs": None if theirs is None else _rounded(theirs),
        "ratio": None if ratio is None else round(ratio, 3),
        "unit": point.unit,
        "runs": [[_rounded(pair.ours), None if pair.theirs is None else _rounded(pair.theirs)] for pair in point.runs],
    }


def _told(point: Point) -> dict[str, Any]:
    asked = point.bound.in_words(point.unit) if point.bound else None
    return {"name": point.name, **_figures(point), "asked": asked, "met": point.is_met, "remark": point.remark}


def _room(point: Point) -> tuple[bool, float]:
    """How far a point is from its bound, as a factor; the smallest is the hardest. Points nobody judges come last."""
    value = None if point.bound is None else point.ratio if point.bound.of_ratio else point.ours
    if point.bound is None or not value:
        return True, 0.0
    return False, value / point.bound.limit if point.bound.is_floor else point.bound.limit / value


def _row(goal_id: str, point: dict[str, Any]) -> str:
    met = {True: "yes", False: "**no**", None: "–"}[point["met"]]
    theirs = "–" if point["theirs"] is None else f"{point['theirs']:,.4g} {point['unit']}"
    ratio = "–" if point["ratio"] is None else f"{point['ratio']:.2f} ×"
    ours = f"{point['ours']:,.4g} {point['unit']}"
    return f"| {goal_id} | {point['name']} | {ours} | {theirs} | {ratio} | {point['asked'] or '–'} | {met} |"


def _section(goal: Goal, result: dict[str, Any] | None) -> str:
    lines = [f"## {goal.id}: {goal.title}", "", f"Ours: {goal.ours}. Beside it: {goal.theirs}. {goal.how}"]
    if result is None:
        return "\n".join([*lines, "", f"Not measured yet: `make bench ONLY={goal.id}`."])
    remarks = [f"{point['name']}: {point['remark']}" for point in result["points"] if point["remark"]]
    facts = [f"- {fact}" for fact in (*remarks, *result["facts"])]
    if any(point["met"] is False for point in result["points"]) and goal.obstacle:
        facts.append(f"- What stands in the way: {goal.obstacle}")
    taken = f"Taken {result['taken_at']} on {result['machine']}; load average before it {result['load_before']}."
    return "\n".join([*lines, "", *facts, *([""] if facts else []), taken])


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
