"""The screen's cost: no pattern can backtrack without bound, and hostile texts take what ordinary ones take."""

import inspect
import re
import time
from re import _constants as constants, _parser as parser

import pytest

from bench.screen.__main__ import HOSTILE
from intake.screen import (
    LONGEST_SCREENED,
    Field,
    contacts,
    dates,
    identifiers,
    medical,
    normalising,
    screen_text,
)

MODULES = (contacts, dates, identifiers, medical, normalising)
# The budget is 50 ms (`python -m bench.screen` holds it); a loaded machine may take this many times as long.
BUDGET_SECONDS, PATIENCE = 0.05, 10


def patterns():
    for module in MODULES:
        for name, value in inspect.getmembers(module):
            for number, pattern in enumerate(value if isinstance(value, tuple) else (value,)):
                if isinstance(pattern, re.Pattern):
                    yield pytest.param(pattern, id=f"{module.__name__.rpartition('.')[2]}{name}-{number}")


def repeats(parsed, depth=0):
    """(how many unbounded repeats are around it, the repeat's own content) for every unbounded repeat."""
    for operation, argument in parsed:
        if operation in {constants.MAX_REPEAT, constants.MIN_REPEAT}:
            _, most, content = argument
            unbounded = most is constants.MAXREPEAT
            if unbounded:
                yield depth
            yield from repeats(content, depth + unbounded)
        else:
            for part in argument if isinstance(argument, tuple | list) else (argument,):
                branches = part if isinstance(part, list) else (part,)
                for branch in branches:
                    if isinstance(branch, parser.SubPattern):
                        yield from repeats(branch, depth)


@pytest.mark.parametrize("pattern", list(patterns()))
def test_no_pattern_repeats_without_bound_inside_a_repeat_without_bound(pattern):
    """Such patterns try exponentially many ways to fail; two in a row try quadratically many."""
    depths = list(repeats(parser.parse(pattern.pattern, pattern.flags)))
    assert all(depth == 0 for depth in depths)


def test_the_law_would_see_a_bad_pattern():
    for bad in (r"(a+)+b", r"(?:x|(?:\d*,)*)y", r"(?=(\w+\s?)*$)"):
        assert max(repeats(parser.parse(bad))) > 0, bad


@pytest.mark.parametrize("seed", HOSTILE)
def test_hostile_text_of_full_length_stays_in_the_budget(seed):
    text = (seed * LONGEST_SCREENED)[:LONGEST_SCREENED]
    started = time.process_time()
    screen_text(text, field=Field.PREFERRED_TIME, this_year=2026)
    assert time.process_time() - started < BUDGET_SECONDS * PATIENCE


@pytest.mark.parametrize("text", ["1 " * 5000, "a." * 5000, "\ufdfa" * 100_000])
def test_text_beyond_the_cap_is_not_read(text):
    started = time.process_time()
    assert screen_text(text, field=Field.PREFERRED_TIME, this_year=2026).cleaned is None
    assert time.process_time() - started < BUDGET_SECONDS
