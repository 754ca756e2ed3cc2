"""Callbacks' following of hours: clinics whose hours were edited get their due times computed anew."""

from callbacks.models import HoursEdit
from callbacks.services.promising import recompute_due


def follow_hours() -> int:
    """Recompute the due times of every clinic marked as edited; how many due times moved. Needs a scope.

    The mark goes only when nobody edited meanwhile, and only after the work: a crash in the middle, or a second beat
    at the same moment, does it once more, and what moved already does not move again.
    """
    moved = 0
    for edit in HoursEdit.objects.select_related("clinic").order_by("edited_at"):
        moved += recompute_due(edit.clinic)
        HoursEdit.objects.filter(pk=edit.pk, edited_at=edit.edited_at).delete()
    return moved
