"""Callbacks' setting of what follows an outcome, how the queue is dealt, and how names stand in it."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Clinic
from audit.events import CLINIC_SETTING_CHANGED
from audit.recording import record_change
from audit.scope import Subject
from callbacks.models import DeskPolicy, LadderStep
from lib.errors import Refusal


class StepRefusal(Refusal):
    """The clinic's ladder with this step would not be one; the sentence says why."""

    code = "step_not_possible"
    status = 422


def set_ladder_step(clinic: Clinic, *, outcome: str, urgency: str, step: int, does: dict[str, Any]) -> None:
    """Have the clinic do this at a step after an outcome; it replaces what the clinic had chosen there.

    `does` holds action, delay_minutes, window_rule and counts_as_attempt. Holds for the next outcome that is saved;
    who waits already keeps their time. Raises StepRefusal. Locks the clinic. Records the step before and after.
    """
    with transaction.atomic():
        Clinic.objects.select_for_update().get(pk=clinic.pk)
        place = {"clinic": clinic, "outcome": outcome, "urgency": urgency, "step": step}
        row = LadderStep.objects.filter(**place).first() or LadderStep(**place, is_in_force=False)
        before = _text(row) if row.is_in_force else ""
        row.is_in_force = True
        for name, value in does.items():
            setattr(row, name, value)
        _save(row, before)


def drop_ladder_step(row: LadderStep) -> None:
    """Let the common step hold again. Raises StepRefusal where the ladder would never end."""
    with transaction.atomic():
        Clinic.objects.select_for_update().get(pk=row.clinic_id)
        before = _text(row)
        row.is_in_force = False
        _save(row, before)


def set_desk_policy(clinic: Clinic, *, shares_retries: bool, names_in_queue: str) -> None:
    """Set whether every fourth call is a retry, and how first names stand in the queue. Records old and new."""
    with transaction.atomic():
        clinic = Clinic.objects.select_for_update().get(pk=clinic.pk)
        policy = DeskPolicy.objects.filter(clinic=clinic).first() or DeskPolicy(clinic=clinic)
        old = [f"shares_retries={int(policy.shares_retries)}", f"names_in_queue={clinic.names_in_queue}"]
        new = [f"shares_retries={int(shares_retries)}", f"names_in_queue={names_in_queue}"]
        if old == new:
            return
        policy.shares_retries = shares_retries
        policy.save()
        # Not `save`: that would mark the hours as edited, of which the clinic's zone is a part.
        Clinic.objects.filter(pk=clinic.pk).update(names_in_queue=names_in_queue)
        _record(clinic.pk, "desk_policy", old, new)


def _save(row: LadderStep, before: str) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise StepRefusal(" ".join(error.messages)) from error
    row.save()
    _record(row.clinic_id, "ladder_step", [before] if before else [], [_text(row)] if row.is_in_force else [])


def _text(row: LadderStep) -> str:
    does = f"{row.action} after {row.delay_minutes} min, {row.window_rule}, counts={int(row.counts_as_attempt)}"
    return f"{row.outcome}/{row.urgency}/{row.step}: {does}"


def _record(clinic_id: UUID, setting: str, old: list[str], new: list[str]) -> None:
    record_change(
        CLINIC_SETTING_CHANGED,
        obj=Subject("clinic", str(clinic_id)),
        clinic_id=clinic_id,
        fields=[setting],
        details={"setting": setting, "old": old, "new": new},
    )
