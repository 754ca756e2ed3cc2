"""Intake's plots: counts as bars whose places are reckoned here, drawn by a template without a script or a style."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 560, 200
# Room for the counts above the bars and the labels below them.
TOP, BOTTOM = 22, 26
GAP = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, in the units of the drawing; `is_marked` ones are beyond the threshold."""

    label: str
    count: int
    is_marked: bool
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars side by side on a common ground."""

    bars: tuple[Bar, ...]
    width: int = WIDTH
    height: int = HEIGHT
    ground: int = HEIGHT - BOTTOM

    @property
    def label_line(self) -> int:
        return self.height - 8


def plot_counts(rows: Sequence[tuple[str, int, bool]]) -> Plot:
    """Lay out (label, count, is marked) from left to right; the highest bar fills the height."""
    most = max((count for _, count, _ in rows), default=0) or 1
    step = WIDTH // max(len(rows), 1)
    ground, room = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    bars = []
    for place, (label, count, is_marked) in enumerate(rows):
        # What is there at all can be seen.
        height = max(2, round(room * count / most)) if count else 0
        bars.append(Bar(label, count, is_marked, place * step + GAP // 2, ground - height, step - GAP, height))
    return Plot(tuple(bars))
