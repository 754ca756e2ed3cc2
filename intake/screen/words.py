"""Intake's screen for words that staff write about their own acts: no illness, birth date, id or address belongs there."""

from intake.screen.findings import Field
from intake.screen.screening import screen_text
from lib import clock


def holds_patient_data(text: str) -> bool:
    """Whether the screen finds anything, as in what callers say of their preferred time."""
    return screen_text(text, field=Field.PREFERRED_TIME, this_year=clock.now().year).cleaned is None
