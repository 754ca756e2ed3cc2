"""Callbacks' request words: what a caller can ask for. Pure; the voice side maps onto them."""

from enum import StrEnum

from callbacks.scheduling.bands import PreferredWindow
from callbacks.scheduling.due import Urgency

__all__ = ["AppointmentType", "PreferredWindow", "Relationship", "Urgency"]


class AppointmentType(StrEnum):
    """The three types of the article, and what is left when the caller named none of them."""

    GENERAL_CHECKUP = "general-checkup"
    FOLLOW_UP = "follow-up"
    CONSULTATION = "consultation"
    UNSPECIFIED = "unspecified"


class Relationship(StrEnum):
    """Whom staff are to speak with, as seen from the caller's request (callbacks.md §1); all but oneself are proxies."""

    SELF = "self"
    PARENT = "parent"
    GUARDIAN = "guardian"
    SPOUSE = "spouse"
    CHILD = "child"
    OTHER_PROXY = "other_proxy"
