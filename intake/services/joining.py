"""Intake's joining: several reports of one call are one callback, in whatever order they come."""

from collections.abc import Mapping
from datetime import timedelta

from callbacks.models import Callback
from callbacks.services.opening import CallbackDraft, Opened
from callbacks.services.supplementing import supplement_callback
from callbacks.states import Status
from intake.models import Delivery
from intake.services.comparing import compare_reports
from intake.sources.vapi import Defect

# The article's two messages of one call follow each other within seconds; one of them names no call.
SAME_CALL_WITHIN = timedelta(minutes=10)


def lock_earlier_reports(delivery: Delivery) -> list[Delivery]:
    """The other reports of this call that have a callback, the oldest first; none where the report names no call.

    Locks all of the call's reports in the order of their ids: workers that open two of them wait for each other.
    """
    if not delivery.call_id:
        return []
    same_call = Delivery.objects.filter(line=delivery.line_id, call_id=delivery.call_id)
    # Without their callbacks: whoever waited for the lock would join the row as it was before.
    locked = same_call.select_for_update().order_by("pk")
    return [other for other in locked if other.pk != delivery.pk and other.callback_id is not None]


def complete_callback(
    delivery: Delivery, draft: CallbackDraft, sealed: Mapping[str, str | None], earlier: list[Delivery]
) -> Opened | None:
    """Add the report to the callback of the call's earlier ones; None where there is none to add to.

    A callback that is closed takes nothing more: what is new in the report opens another.
    """
    if not earlier:
        return None
    # The line called from, taken for want of a number, was not said.
    unsaid = {"phone": None} if Defect.NUMBER_FROM_CALLER_ID in delivery.defects else {}
    difference = compare_reports(delivery, {**sealed, **unsaid}, earlier)
    callback = Callback.objects.get(deliveries=earlier[0])
    if callback.status == Status.CLOSED:
        return None if difference else Opened(callback=callback, outcome="merged")
    current = supplement_callback(callback, draft, differs=difference.differs)
    return Opened(callback=current, outcome="supplemented")


def continues_a_call(delivery: Delivery, callback: Callback) -> bool:
    """Whether the callback, of the same caller, was made by the other message of this very call.

    The article sends `structured-data-extracted` without a call id beside the report with one: within ten minutes the
    one belongs to the other, one to one.
    """
    recent = Delivery.objects.filter(
        callback=callback,
        received_at__gte=delivery.received_at - SAME_CALL_WITHIN,
        received_at__lte=delivery.received_at + SAME_CALL_WITHIN,
    )
    named = {call_id for call_id in recent.values_list("call_id", flat=True) if call_id}
    unnamed = recent.filter(call_id="").count()
    return unnamed > len(named) if delivery.call_id else len(named) > unnamed
