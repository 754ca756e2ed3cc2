"""Callbacks' ladders: what follows an outcome in one clinic, its own steps laid over the common ones."""

from accounts.models import Clinic
from callbacks.scheduling.ladder import Ladder
from callbacks.scheduling.ladder_changes import changed_ladder


def clinic_ladder(clinic: Clinic) -> Ladder:
    """Read the clinic's steps in force (one query; cached on the object for the request)."""
    cached: Ladder | None = getattr(clinic, "_ladder", None)
    if cached is None:
        cached = changed_ladder(step.row for step in clinic.ladder_steps.filter(is_in_force=True))
        clinic._ladder = cached  # type: ignore[attr-defined]  # a request-long cache on the request's own object
    return cached
