"""Bench's grammar of ordinary English time phrases, as callers say them; none of them may trip the screen."""

import random
from collections.abc import Iterator

WEEKDAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Mon",
    "Tues",
    "Wed",
    "Thurs",
    "Fri",
)
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December", "Jan", "Feb", "Mar", "Apr", "Aug", "Sept", "Oct", "Nov", "Dec",
)  # fmt: skip
HOUR_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
ORDINALS = ("first", "second", "third", "fourth", "fifth", "tenth", "twelfth", "fifteenth", "twentieth", "thirtieth")
MINUTE_WORDS = ("fifteen", "twenty", "thirty", "forty five", "forty-five", "oh five", "ten")
OPENINGS = (
    "", "", "", "please call ", "call me ", "I'd like ", "could you try ", "I can do ", "best is ", "I'm free ", "how about ",
    "maybe ", "um, ", "I prefer ", "you can reach me ", "I would rather have ", "not ", "anytime ", "let's say ",
    "my appointment is ", "move it to ", "I have a thing ", "I'll be home ", "works for me: ",
)  # fmt: skip
CLOSINGS = (
    "", "", "", " please", " if possible", " would be best", " is fine", ", thanks", " or so", " my time", " Eastern", " sharp",
    " at the latest", " if you can", ", whichever is easier", ", I have a 2pm appointment", " works", ", not later",
)  # fmt: skip
PARTS = (
    "in the morning", "in the afternoon", "in the evening", "at night", "around noon", "before lunch", "after lunch",
    "after work", "during my lunch break", "first thing", "at the end of the day", "after school", "before dinner",
)  # fmt: skip
RELATIVE = (
    "tomorrow", "today", "tonight", "next week", "this week", "the day after tomorrow", "tomorrow morning", "this afternoon",
    "later today", "early next week", "any day", "on weekdays", "on weekends", "every day", "the week after next",
    "in a couple of days", "by the end of the month", "after the holidays", "on my day off", "as soon as possible",
)  # fmt: skip


def time_phrases(count: int, *, seed: int) -> list[str]:
    """`count` different phrases; the same seed gives the same ones."""
    chance = random.Random(seed)  # noqa: S311 - phrases, no secrets
    found: dict[str, None] = {}
    while len(found) < count:
        found[chance.choice(OPENINGS) + " ".join(_clauses(chance)) + chance.choice(CLOSINGS)] = None
    return list(found)


def _clauses(chance: random.Random) -> Iterator[str]:
    kinds = (
        _day,
        _span,
        _clock_clause,
        _date,
        _amount,
        lambda _: chance.choice(PARTS),
        lambda _: chance.choice(RELATIVE),
    )
    yield chance.choice(kinds)(chance)
    if chance.random() < 0.6:
        yield chance.choice(kinds)(chance)
    if chance.random() < 0.25:
        yield chance.choice(("or", "and", "but not", "otherwise", "or else"))
        yield chance.choice(kinds)(chance)


def _clock(chance: random.Random) -> str:
    hour, minute = chance.randint(1, 12), chance.choice((0, 5, 10, 15, 20, 30, 40, 45, 50))
    half = chance.choice(
        ("am", "pm", "a.m.", "p.m.", "AM", "PM", " am", " pm", " in the morning", " in the evening", " o'clock")
    )
    return chance.choice(
        (
            f"{hour}", f"{hour}{half}", f"{hour}:{minute:02}", f"{hour}:{minute:02}{half}", f"{hour}.{minute:02}",
            f"{chance.randint(7, 19):02}{minute:02}", f"{hour}{minute:02}", chance.choice(HOUR_WORDS),
            f"{chance.choice(HOUR_WORDS)} o'clock", f"{chance.choice(HOUR_WORDS)} {chance.choice(MINUTE_WORDS)}",
            f"half past {chance.choice(HOUR_WORDS)}", f"quarter to {hour}", f"{hour}ish", "noon", f"{minute or 5} past {hour}",
        )
    )  # fmt: skip


def _clock_clause(chance: random.Random) -> str:
    word = chance.choice(
        ("at", "after", "before", "around", "by", "past", "until", "from", "not before", "no later than", "about")
    )
    return f"{word} {_clock(chance)}"


def _span(chance: random.Random) -> str:
    begin, end = _clock(chance), _clock(chance)
    return chance.choice(
        (
            f"between {begin} and {end}",
            f"{begin} to {end}",
            f"from {begin} until {end}",
            f"{begin} or {end}",
            f"{begin} - {end}",
            f"{begin}, {end}",
            f"{begin}-{end}",
        )
    )


def _day(chance: random.Random) -> str:
    weekday = chance.choice(WEEKDAYS)
    return chance.choice(
        (
            f"on {weekday}",
            f"next {weekday}",
            f"this {weekday}",
            f"{weekday}s",
            f"any {weekday}",
            f"{weekday} or {chance.choice(WEEKDAYS)}",
            f"{weekday} the {chance.randint(4, 20)}th",
            f"the {chance.choice(ORDINALS)} {weekday} of {chance.choice(MONTHS)}",
            f"every other {weekday}",
            f"{weekday} through {chance.choice(WEEKDAYS)}",
        )
    )


def _date(chance: random.Random) -> str:
    month, day, number = chance.choice(MONTHS), chance.randint(4, 20), chance.randint(1, 12)
    return chance.choice(
        (
            f"on {month} {day}",
            f"{month} {day}th",
            f"the {day}th of {month}",
            f"the {day}th",
            f"{number}/{day}",
            f"{number}-{day}",
            f"{number}/{day}/2026",
            f"{number}/{day}/26",
            f"2026-{number:02}-{day:02}",
            f"{month} {day}, 2026",
            f"in {month}",
            f"the {chance.choice(ORDINALS)} of {month}",
            f"the {chance.choice(ORDINALS)}",
            f"the week of the {day}th",
            f"{month} 2027",
            f"either the {day}th or the {day + 1}th",
            f"{number}/{day} or {number}/{day + 1}",
        )
    )


def _amount(chance: random.Random) -> str:
    number = chance.choice((str(chance.randint(2, 60)), *HOUR_WORDS[1:], "a couple of", "a few"))
    unit = chance.choice(("minutes", "hours", "days", "weeks", "months"))
    return chance.choice(
        (f"in {number} {unit}", f"{number} {unit} from now", f"within {number} {unit}", f"for {number} {unit}")
    )
