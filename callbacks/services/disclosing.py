"""Callbacks' disclosing: somebody else may have learned something of a caller; the officer is told at once (§1)."""

from audit.findings import Severity, declare_finding, raise_finding
from callbacks.models import Callback

POSSIBLE_DISCLOSURE = declare_finding(
    "callback:call:possible-disclosure",
    Severity.ALARM,
    "A member of staff says that somebody else may have learned something of a caller in a call",
    "Ask who made the call what was said to whom, and decide whether it was a breach (45 CFR 164.402). The page of the "
    "callback and the trail say who called, when, and which number.",
    is_disclosure=True,
)


def report_disclosure(callback: Callback) -> None:
    """Open a finding about this callback, or count it once more on the open one; in the transaction of the act.

    Nothing of what was said is kept. Needs a scope.
    """
    raise_finding(POSSIBLE_DISCLOSURE, clinic_id=callback.clinic_id, about=callback.audit_object)
