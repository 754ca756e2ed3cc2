"""Callbacks' concerns: the record that a callback went to the clinical team, kept beside its status."""

from callbacks.calendars import clinic_calendar
from callbacks.models import Concern, EmergencyAnswer
from callbacks.scheduling.due import clinical_due_at
from callbacks.services.acting import Act
from callbacks.states import CallbackFlag, Status, WaitReason


def open_concern(act: Act, emergency: EmergencyAnswer = EmergencyAnswer.NOT_ASKED, words: str = "") -> Concern:
    """Put the locked callback into the clinical team's hands: its clock of 15 open minutes runs from now.

    Inside the act's transaction; the act saves the callback. The claim and the wait end; the due time from before is
    kept for a return.
    """
    callback, user = act.callback, act.user
    if user is None:
        raise ValueError("A concern is raised by a person.")
    concern = Concern(
        callback=callback,
        emergency_answer=emergency,
        words=words or None,
        due_before=callback.due_at,
        raised_by=user,
        raised_at=act.now,
    )
    concern.save(force_insert=True)
    callback.status = Status.ESCALATED
    callback.not_before, callback.wait_reason = None, WaitReason.NONE
    callback.target_from, callback.target_to = None, None
    callback.due_at = clinical_due_at(act.now, clinic_calendar(callback.clinic)) or callback.due_at
    act.clear_claim()
    act.clear_reservation()
    if emergency is EmergencyAnswer.REFUSED:
        act.raise_flag(CallbackFlag.EMERGENCY_REFUSED)
    return concern


def open_concern_of(act: Act) -> Concern | None:
    """The concern the clinical team has not settled yet."""
    return act.callback.concerns.filter(settled_at__isnull=True).first()


def settle_concern(act: Act) -> Concern | None:
    """Close the open concern, whatever it came to; None for a callback that had none."""
    concern = open_concern_of(act)
    if concern is not None:
        concern.settled_at = act.now
        concern.save(update_fields=["settled_at"])
    return concern


def move_concern(act: Act, joined: Act) -> None:
    """Hand the open concern of the act's callback, a duplicate, to the callback it joins; one open concern is enough."""
    concern = open_concern_of(act)
    if concern is None:
        return
    kept = joined.callback
    if open_concern_of(joined) is not None:
        settle_concern(act)
        return
    concern.callback, concern.due_before = kept, kept.due_at
    concern.save(update_fields=["callback", "due_before"])
    kept.status = Status.ESCALATED
    kept.not_before, kept.wait_reason = None, WaitReason.NONE
    kept.due_at = clinical_due_at(concern.raised_at, clinic_calendar(kept.clinic)) or kept.due_at
