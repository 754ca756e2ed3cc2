"""Callbacks' models: callers, callbacks, attempts and the clinic's hours."""

from callbacks.models.attempt import Attempt
from callbacks.models.callback import Callback
from callbacks.models.caller import Caller
from callbacks.models.hours import ClinicPeriod, Closure, SpecialDay

__all__ = ["Attempt", "Callback", "Caller", "ClinicPeriod", "Closure", "SpecialDay"]
