"""Callbacks' CRM attempts: each try to reach a caller, told one by one where a target is switched to that."""

from audit.events import CALLBACK_DISCLOSED
from audit.recording import flush, record_event
from audit.scope import current_scope
from callbacks.crm import leases
from callbacks.crm.targets import AttemptTold, Remote, attempts_target_for
from callbacks.crm.wanting import SETTLES_AFTER
from callbacks.crm.wire import LONGEST_WORK, MOST_ATTEMPTS_AT_ONCE, Wire, recipient_of
from callbacks.models import Attempt, CrmTarget, SyncState
from lib import clock

# What an attempt tells; a target that may not have these gets none, whatever its switch says.
ATTEMPT_FIELDS = ("last_outcome", "last_attempt_at")


def untold(row: SyncState, target: CrmTarget) -> list[Attempt]:
    """The callback's attempts that its target has not been told, oldest first. One that can still be taken back waits:
    the change that made it is told after that time, and brings it along.
    """
    if not target.sends_attempts or not set(ATTEMPT_FIELDS) <= set(target.fields):
        return []
    settled = Attempt.objects.standing().filter(recorded_at__lte=clock.now() - SETTLES_AFTER)
    return list(settled.filter(callback=row.callback_id, seq__gt=row.attempts_told).order_by("seq"))


def tell_attempts(row: SyncState, target: CrmTarget, wire: Wire, remote: Remote) -> int:
    """Tell a target the next few attempts of a callback that it has as `remote`; how many were told. Each is a recorded
    disclosure before it leaves, and noted, durably, once the target took it. Raises SendError.
    """
    speaks = attempts_target_for(target.kind)
    if speaks is None:
        return 0
    told = 0
    for attempt in untold(row, target)[:MOST_ATTEMPTS_AT_ONCE]:
        record_event(
            CALLBACK_DISCLOSED,
            subject=attempt.audit_subject,
            obj=attempt.audit_object,
            clinic_id=target.clinic_id,
            details={
                "target": str(target.pk),
                "recipient": recipient_of(target),
                "version": row.wanted_version,
                "fields": list(ATTEMPT_FIELDS),
            },
        )
        flush(current_scope())
        speaks.put_attempt(wire, AttemptTold(attempt.pk, attempt.outcome, attempt.recorded_at), remote)
        told += 1
        if not leases.note(row, attempts_told=attempt.seq, lease_until=clock.now() + LONGEST_WORK):
            break
    return told
