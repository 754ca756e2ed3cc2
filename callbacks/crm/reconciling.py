"""Callbacks' CRM reconciliation: both sides compared, ours repaired there, and what nobody here knows listed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from audit.findings import raise_finding
from audit.scope import Subject
from callbacks.crm.answers import PassingError
from callbacks.crm.findings import ORPHANS
from callbacks.crm.targets import PAGE, Remote, Target, target_for
from callbacks.crm.two_way import follow_end
from callbacks.crm.wanting import want_all_open, want_sync
from callbacks.crm.wire import Wire
from callbacks.models import CrmTarget, SyncState, SyncStatus
from lib import clock

# Older callbacks are history on both sides.
LOOKS_BACK = timedelta(days=30)
# Page by page, from a slow server.
LONGEST_COMPARISON = timedelta(minutes=10)
# A list that a person reads.
MOST_LISTED = 50


@dataclass(frozen=True)
class Compared:
    """What a comparison found: remote ids nobody here knows, and references of callbacks that are sent again, because they
    stood there otherwise or were gone.
    """

    orphans: list[str]
    repaired: list[str]
    missing: list[str]


def want_reconciling() -> int:
    """Have a worker compare every target that can be read; how many."""
    ids = [target.pk for target in CrmTarget.objects.filter(is_enabled=True) if target_for(target.kind).reads_back]
    return CrmTarget.objects.filter(pk__in=ids).update(is_reconcile_wanted=True)


def reconcile(target: CrmTarget, speaks: Target, wire: Wire) -> Compared:
    """Compare what changed at a target within thirty days with what it should hold. Raises SendError; nothing is
    repaired then.

    An object that is missing or of another version than the one we wrote is sent again; one that was ended there is
    followed as a poll would; one without a callback here is listed, and told to the officer. Callbacks the target never
    heard of are sent.
    """
    now = clock.now()
    since = now - LOOKS_BACK
    there = {remote.callback_id: remote for remote in read_all(speaks, wire, since) if remote.callback_id is not None}
    states = SyncState.objects.filter(target=target).select_related("callback")
    known = set(states.filter(callback__in=there).values_list("callback_id", flat=True))
    orphans = sorted(remote.id for callback_id, remote in there.items() if callback_id not in known)
    settled = states.filter(status=SyncStatus.SYNCED).exclude(remote_id="")
    repaired = [state for state in settled.filter(synced_at__gt=since) if _is_off(state, there, target)]
    _send_again(target, repaired, now)
    want_all_open(target)
    found = Compared(
        orphans[:MOST_LISTED],
        _refs(state for state in repaired if state.callback_id in there),
        _refs(state for state in repaired if state.callback_id not in there),
    )
    CrmTarget.objects.filter(pk=target.pk).update(
        reconciled_at=now,
        is_reconcile_wanted=False,
        orphan_ids=found.orphans,
        repaired_refs=found.repaired,
        missing_refs=found.missing,
    )
    if orphans:
        raise_finding(
            ORPHANS,
            clinic_id=target.clinic_id,
            about=Subject("crm_target", str(target.pk)),
            details={"count": len(orphans), "remote_ids": found.orphans},
        )
    return found


def read_all(speaks: Target, wire: Wire, since: datetime) -> Iterable[Remote]:
    """Every object of ours that changed since an instant, page by page, by where the last page ended."""
    seen: set[str] = set()
    while True:
        page = list(speaks.changes(wire, since))
        fresh = [remote for remote in page if remote.id not in seen]
        yield from fresh
        seen.update(remote.id for remote in fresh)
        if len(page) < PAGE:
            return
        last = page[-1].changed_at
        if last is None or not fresh:
            # More objects of one instant than a page holds: this server cannot be read to its end.
            raise PassingError("odd_answer")
        since = last


def _refs(states: Iterable[SyncState]) -> list[str]:
    return sorted(state.callback.ref for state in states)[:MOST_LISTED]


def _is_off(state: SyncState, there: dict[UUID, Remote], target: CrmTarget) -> bool:
    """Whether the target's object is not the one we wrote; what was ended there is followed instead of repaired."""
    remote = there.get(state.callback_id)
    if remote is None:
        return True
    if follow_end(target, remote):
        return False
    return bool(remote.version) and remote.version != state.remote_version


def _send_again(target: CrmTarget, states: list[SyncState], now: datetime) -> None:
    # Without marks nothing counts as told already, and without a version the object is read before it is written;
    # without an id it is searched. Attempts are told again too, which makes none twice.
    SyncState.objects.filter(pk__in=[state.pk for state in states]).update(
        sent_marks={}, remote_id="", remote_version="", may_exist=True, attempts_told=0
    )
    want_sync([(state.callback_id, target.pk) for state in states], next_at=now, now=now)
