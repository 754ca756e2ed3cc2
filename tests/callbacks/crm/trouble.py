"""A clinic whose CRMs have a bad day: one refuses a callback, the other stopped; for pages that show it."""

from datetime import timedelta

from accounts.models import Clinic
from callbacks.crm.wanting import want_all_open
from callbacks.models import CrmTarget, SyncState, SyncStatus, TargetKind
from lib import clock


def trouble_with_crms(clinic: Clinic) -> None:
    """Two targets, told of every open callback: the first took most, refused one and ended one by itself."""
    now = clock.now()
    chart = CrmTarget.objects.create(
        clinic=clinic, name="Chart", kind=TargetKind.FHIR, address="https://chart.example.com/fhir", fields=["phone", "due_at"],
        last_success_at=now, checked_at=now, check_code="ok", reconciled_at=now - timedelta(hours=8),
        repaired_refs=["CB-1001"], missing_refs=["CB-1002"], orphan_ids=["task-417"],
    )  # fmt: skip
    CrmTarget.objects.create(
        clinic=clinic, name="Front office", address="https://office.example.com", paused_code="http_401", paused_at=now
    )
    want_all_open(chart)
    states = SyncState.objects.filter(target=chart)
    states.update(status=SyncStatus.SYNCED, synced_version=1, synced_at=now, remote_ended_as="completed")
    for state in states.order_by("pk")[:2]:
        state.status, state.last_error_code, state.attempts = SyncStatus.DEAD, "http_422", 1
        state.unsent_fields, state.failing_since = ["due_at", "phone"], now - timedelta(minutes=20)
        state.save()
