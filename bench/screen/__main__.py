"""Bench of the screen: `python -m bench.screen` prints how much it finds, how little it flags wrongly, and its cost.

Misses and false alarms are printed for the halves one may tune on; of the half kept out only the figures are.
"""

import sys
import time
from collections.abc import Sequence

from bench.screen.phrases import time_phrases
from bench.screen.sets import Labelled, given_sentences, is_held_out, own_texts
from intake.screen import LONGEST_SCREENED, Field, screen_text

THIS_YEAR = 2026
PHRASES = 5000
# Texts that make patterns with overlapping repeats go wild.
HOSTILE = (
    "1 ",
    "a.",
    "9-",
    "a@",
    "1/",
    "my leg is ",
    "one ",
    "0" * 7 + " ",
    "12 oak ",
    "the 1 of may ",
    "born ",
    "(",
    " ",
    "\u200b",
    "\ufdfa",
    "5 a b c d ",
)
BUDGET_MILLISECONDS = 50


def main() -> int:
    own = own_texts()
    sets = {
        "given": (given_sentences(), True),
        "own, tuned on": ([labelled for labelled in own if not is_held_out(labelled)], True),
        "own, kept out": ([labelled for labelled in own if is_held_out(labelled)], False),
    }
    print(f"{'set':<24}{'with':>6}{'found':>7}{'recall':>8}{'kinds':>7}{'without':>9}{'flagged':>9}{'rate':>8}")
    for name, (texts, may_be_read) in sets.items():
        _print_figures(name, texts, may_be_read=may_be_read)
    for seed in (1, 2):
        phrases = [Labelled(text, frozenset(), Field.PREFERRED_TIME) for text in time_phrases(PHRASES, seed=seed)]
        _print_figures(f"time phrases, seed {seed}", phrases, may_be_read=seed == 1)
    worst = _worst_milliseconds()
    print(
        f"ordinary text {_ordinary_microseconds():.0f} µs; worst hostile text {worst:.1f} ms of {BUDGET_MILLISECONDS} ms"
    )
    return int(worst > BUDGET_MILLISECONDS)


def _print_figures(name: str, texts: Sequence[Labelled], *, may_be_read: bool) -> None:
    found = {labelled: _kinds(labelled) for labelled in texts}
    guilty = [labelled for labelled in texts if labelled.expect]
    innocent = [labelled for labelled in texts if not labelled.expect]
    missed = [labelled for labelled in guilty if not found[labelled]]
    flagged = [labelled for labelled in innocent if found[labelled]]
    otherwise = [labelled for labelled in guilty if found[labelled] and not labelled.expect <= found[labelled]]
    exact = len(guilty) - len(missed) - len(otherwise)
    print(
        f"{name:<24}{len(guilty):>6}{len(guilty) - len(missed):>7}{_share(len(guilty) - len(missed), guilty):>8}"
        f"{_share(exact, guilty):>7}{len(innocent):>9}{len(flagged):>9}{_share(len(flagged), innocent):>8}"
    )
    if may_be_read:
        for word, labelled_texts in (("missed", missed), ("flagged", flagged), ("other kind", otherwise)):
            for labelled in labelled_texts:
                print(f"    {word}: {labelled.text!r} {sorted(labelled.expect)} {sorted(found[labelled])}")


def _kinds(labelled: Labelled) -> set[str]:
    return {kind.name for kind in screen_text(labelled.text, field=labelled.field, this_year=THIS_YEAR).kinds}


def _share(part: int, whole: Sequence[Labelled]) -> str:
    return f"{part / len(whole):.3f}" if whole else "-"


def _ordinary_microseconds() -> float:
    texts = time_phrases(500, seed=3)
    started = time.perf_counter()
    for text in texts:
        screen_text(text, field=Field.PREFERRED_TIME, this_year=THIS_YEAR)
    return (time.perf_counter() - started) / len(texts) * 1_000_000


def _worst_milliseconds() -> float:
    worst = 0.0
    for seed in HOSTILE:
        text = (seed * LONGEST_SCREENED)[:LONGEST_SCREENED]
        fastest = min(_milliseconds(text) for _ in range(3))
        worst = max(worst, fastest)
    return max(worst, _milliseconds("1 " * 5000), _milliseconds("a." * 5000))


def _milliseconds(text: str) -> float:
    started = time.perf_counter()
    screen_text(text, field=Field.PREFERRED_TIME, this_year=THIS_YEAR)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    sys.exit(main())
