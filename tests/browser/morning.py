"""Browser tests' morning: ten invented callers of one clinic, as a Tuesday at 10:12 finds them."""

from datetime import timedelta
from typing import Any

from django.db import connections

from callbacks.models import Callback
from callbacks.scheduling.ladder import Outcome
from tests.browser.stage import Stage
from tests.callbacks.desk import claim, local, save
from tests.cast import OPEN_TUESDAY
from tests.policies.callers import promise_call

FIRST_NUMBER = 1030
MONDAY, TUESDAY = "2026-11-23", "2026-11-24"

# First name, last two digits, when the call ended, and what it asked for.
CALLERS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("Liam", "71", f"{MONDAY} 09:40", {"preferred_window": "afternoon"}),
    ("Tomás", "34", f"{MONDAY} 09:55", {"appointment_type": "general-checkup"}),
    ("José", "17", f"{MONDAY} 11:32", {"preferred_words": "mornings before work"}),
    ("Ann", "08", f"{MONDAY} 11:57", {"appointment_type": "consultation"}),
    ("Chen", "52", f"{MONDAY} 13:20", {"preferred_window": "any"}),
    ("Priya", "63", f"{MONDAY} 14:10", {"preferred_window": "any", "appointment_type": "consultation"}),
    (
        "Mary-Ann",
        "90",
        f"{MONDAY} 15:48",
        {"preferred_window": "afternoon", "appointment_type": "general-checkup"},
    ),
    ("O'Neil", "26", f"{MONDAY} 16:55", {"preferred_window": "any", "language": "Spanish"}),
    (
        "Zoë",
        "45",
        f"{TUESDAY} 08:31",
        {"phone_is_valid": False, "review_reasons": ("invalid_number",), "preferred_window": "any"},
    ),
    ("Maria", "43", f"{TUESDAY} 09:57", {"urgency": "urgent", "preferred_window": "any"}),
)


def a_busy_morning(stage: Stage) -> None:
    """Ten callers: one urgent, one who rang twice, two tried before, one held by Ben, one to review, one closed."""
    _start_numbers()
    for name, tail, received, asked in CALLERS:
        _rings(stage, name, tail, received, **asked)
    _rings(stage, "José", "17", f"{TUESDAY} 09:05", **dict(CALLERS[2][3]))
    _ben_calls(stage, "Liam", f"{MONDAY} 14:20", Outcome.NO_ANSWER, "Rang out; try the afternoon.")
    _ben_calls(stage, "Liam", f"{TUESDAY} 09:12", Outcome.VOICEMAIL_LEFT, "")
    _ben_calls(stage, "Chen", f"{TUESDAY} 08:40", Outcome.BUSY, "")
    _ben_calls(stage, "Tomás", f"{TUESDAY} 08:52", Outcome.BOOKED, "")
    stage.at(OPEN_TUESDAY - timedelta(seconds=40))
    claim(callback_of(stage, "Priya"), stage.cast.ben)
    stage.at(OPEN_TUESDAY)


def before_opening(stage: Stage) -> None:
    """The same clinic at twenty past seven: who rang on Monday waits for it to open."""
    _start_numbers()
    for name, tail, received, asked in CALLERS:
        if received.startswith(MONDAY):
            _rings(stage, name, tail, received, **asked)
    stage.at(local(f"{TUESDAY} 07:20"))


def callback_of(stage: Stage, name: str) -> Callback:
    return Callback.objects.get(pk=stage.callers[name])


def _start_numbers() -> None:
    """The same references in every run."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT setval('callback_number', %s, false)", [FIRST_NUMBER])


def _rings(stage: Stage, name: str, tail: str, received: str, **asked: Any) -> None:
    instant = local(received)
    stage.at(instant + timedelta(seconds=5))
    phone = f"+120255501{tail}"
    wishes = {"phone": phone, "called_from": phone, "preferred_words": None, **asked}
    callback = promise_call(stage.cast.riverside, received_at=instant, first_name=name, **wishes)
    stage.callers[name] = str(callback.pk)


def _ben_calls(stage: Stage, name: str, when: str, outcome: Outcome, note: str) -> None:
    stage.at(local(when))
    callback = callback_of(stage, name)
    claim(callback, stage.cast.ben)
    save(callback, stage.cast.ben, outcome, note=note)
