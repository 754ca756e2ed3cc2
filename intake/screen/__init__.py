"""Intake's screen: says whether a caller's words hold what the desk must not keep. Pure; standard library only."""

from intake.screen.findings import Field, Kind, Screening
from intake.screen.screening import LONGEST_SCREENED, screen_text

__all__ = ["LONGEST_SCREENED", "Field", "Kind", "Screening", "screen_text"]
