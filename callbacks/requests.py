"""Callbacks' request words: what a caller can ask for. Pure; the voice side maps onto them."""

from enum import StrEnum

from callbacks.scheduling.bands import PreferredWindow
from callbacks.scheduling.due import Urgency

__all__ = ["AppointmentType", "PreferredWindow", "Urgency"]


class AppointmentType(StrEnum):
    """The three types of the article, and what is left when the caller named none of them."""

    GENERAL_CHECKUP = "general-checkup"
    FOLLOW_UP = "follow-up"
    CONSULTATION = "consultation"
    UNSPECIFIED = "unspecified"
