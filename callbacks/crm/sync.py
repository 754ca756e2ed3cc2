"""Callbacks' CRM sync: the lane of one target, which brings what changed there, row by row, and survives being killed.

A row's way, each step durable before the next:
1. Claim it: SKIP LOCKED, a lease, a token.
2. If an object may exist whose id we do not know, search it by our id.
3. Read the callback as it is now. The target holds just that already: done, and nothing is sent.
4. Note that an object may exist from here on.
5. Open what the target may have; write the disclosure to the trail.
6. Send. A conflict: read the object, send once more.
7. Note what the target took. Whoever lost the lease meanwhile notes nothing.
8. Where attempts are wanted, tell those it has not: disclosure, conditional create, note, one after the other.
Killed anywhere, the row is claimed again when its lease is over, and step 2 or the idempotency key keeps it one object.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import SystemRandom
from uuid import UUID

from audit.findings import raise_finding
from audit.recording import flush
from audit.scope import Subject, TrailUnwritableError, current_scope
from callbacks.crm import leases
from callbacks.crm.answers import ConflictError, PassingError, PausingError, RefusedError, SendError
from callbacks.crm.attempts import ATTEMPT_FIELDS, tell_attempts, untold
from callbacks.crm.backoff import GIVE_UP_AFTER, pause_after
from callbacks.crm.default_target import make_default_target
from callbacks.crm.findings import MISCONFIGURED, UNAUTHORISED
from callbacks.crm.mapping import marks_of, take_snapshot
from callbacks.crm.payload_encryption import RecipientKeyError
from callbacks.crm.reconciling import LONGEST_COMPARISON, reconcile
from callbacks.crm.targets import Remote, Target, attempts_target_for, target_for
from callbacks.crm.two_way import follow_end, poll
from callbacks.crm.wanting import pending, ring_target
from callbacks.crm.wire import Wire, open_wire
from callbacks.models import Callback, CrmTarget, SyncState
from callbacks.states import Status
from lib import clock
from lib.logs import event_logger
from vault.envelope import SealBrokenError

log = event_logger(__name__)

_chance = SystemRandom()


@dataclass
class Lane:
    """One sender's hold on one target."""

    target: CrmTarget
    speaks: Target
    wire: Wire


def ring_due_targets() -> int:
    """Ring for every target with something to do; how many. Safe beside another ringer: a lane has one sender."""
    make_default_target()
    ids = list(leases.due_targets(clock.now()).values_list("pk", flat=True))
    for target_id in ids:
        ring_target(target_id)
    return len(ids)


def run_lane(target_id: UUID, *, roll: Callable[[], float] = _chance.random) -> int:
    """Send what is due at one target until nothing is, it may not be asked any more, or the lane's time is up; then
    ring for the rest. Returns how many rows were claimed. Needs a scope: the service is the actor, of each disclosure.
    """
    target = leases.enter_lane(target_id)
    if target is None:
        return 0
    claimed = 0
    try:
        lane = _open(target)
        if lane is None:
            return 0
        if target.is_check_wanted:
            _check(lane)
        _read_back(lane)
        if target.is_reconcile_wanted:
            _reconcile(lane)
        ends = time.monotonic() + leases.LANE.total_seconds()
        while time.monotonic() < ends and _may_ask(target) and (row := leases.claim_row(target)) is not None:
            claimed += 1
            _work_off(lane, row, roll)
    finally:
        leases.leave_lane(target)
    if claimed and leases.due_targets(clock.now()).filter(pk=target_id).exists():
        ring_target(target_id)
    return claimed


def _open(target: CrmTarget) -> Lane | None:
    """The lane, its secrets opened; None for a target whose secrets do not open: it is stopped, the others go on."""
    try:
        return Lane(target, target_for(target.kind), open_wire(target))
    except SealBrokenError:
        _pause(target, "credential")
        return None


class CrmWork:
    """What waits to be told to CRMs, as a source of work that waits for other people's servers."""

    name = "crm"
    is_slow = True

    def work_off(self, *, limit: int) -> int:
        make_default_target()
        targets = list(leases.due_targets(clock.now()).values_list("pk", flat=True)[:limit])
        return sum(run_lane(target_id) for target_id in targets)

    def count_pending(self) -> int:
        return sum(pending(target) for target in CrmTarget.objects.filter(is_enabled=True))


def _may_ask(target: CrmTarget) -> bool:
    return not target.paused_code and leases.breaker_of(target).lets_through(clock.now())


def _work_off(lane: Lane, row: SyncState, roll: Callable[[], float]) -> None:
    callback = Callback.objects.select_related("clinic").get(pk=row.callback_id)
    try:
        was_asked = _bring(lane, row, callback)
    except PausingError as error:
        leases.give_back(row, code=error.code)
        _pause(lane.target, error.code)
    except RefusedError as error:
        _note_answer(lane.target, answered=True)
        leases.bury(row, code=error.code, unsent_fields=_unsent(lane, row, callback))
        log.warning("crm_refused", callback_id=row.callback_id, object_id=lane.target.pk, code=error.code)
    except (PassingError, ConflictError) as error:
        _note_answer(lane.target, answered=isinstance(error, ConflictError))
        _postpone(lane, row, callback, error, roll)
    except TrailUnwritableError:
        # Not this row's fault: nothing may be sent until the trail can be written. The lease runs out by itself.
        raise
    except Exception as error:  # noqa: BLE001 - a poisoned row is put off, logged and kept; others go on
        log.error("crm_row_failed", with_exception=True, callback_id=row.callback_id, object_id=lane.target.pk)  # noqa: TRY400 - our logger, not logging's
        _postpone(lane, row, callback, PassingError(type(error).__name__[:40]), roll)
    else:
        if was_asked:
            _note_answer(lane.target, answered=True)


def _bring(lane: Lane, row: SyncState, callback: Callback) -> bool:
    """Steps 2 to 8; whether the target was asked anything. Raises SendError."""
    now = clock.now()
    remote = Remote(id=row.remote_id, version=row.remote_version) if row.remote_id else None
    # A request that could have created went out, and what became of it is not known.
    is_ambiguous = remote is None and row.may_exist
    if is_ambiguous:
        remote = lane.speaks.find(lane.wire, callback.pk)
    marks = marks_of(callback, lane.target.fields, now)
    has_it = remote is not None and (not lane.speaks.follows_changes or (marks == row.sent_marks and not is_ambiguous))
    if not has_it:
        remote = _send(lane, row, callback, remote, is_ambiguous=is_ambiguous)
    if remote is not None:
        known: dict[str, object] = {"remote_id": remote.id, "remote_version": remote.version, "sent_marks": marks}
        if callback.status == Status.CLOSED:
            known["remote_ended_as"] = ""
        told = _tell_attempts(lane, row, remote, known)
        is_whole = not untold(row, lane.target)
        leases.settle(row, version=row.wanted_version, columns=known, is_whole=is_whole)
        return is_ambiguous or not has_it or told > 0
    return is_ambiguous or not has_it


def _tell_attempts(lane: Lane, row: SyncState, remote: Remote, known: Mapping[str, object]) -> int:
    """Step 8; how many were told. The callback itself is noted first: what fails from here on does not send it again."""
    if not untold(row, lane.target) or not leases.note(row, **known):
        return 0
    return tell_attempts(row, lane.target, lane.wire, remote)


def _send(
    lane: Lane, row: SyncState, callback: Callback, remote: Remote | None, *, is_ambiguous: bool
) -> Remote | None:
    """Steps 4 to 6; None when the lease was lost before anything was sent."""
    if not leases.note(row, may_exist=True):
        return None
    snapshot = take_snapshot(callback, lane.target, version=row.wanted_version, now=clock.now())
    flush(current_scope())
    try:
        taken = lane.speaks.put(lane.wire, snapshot, remote)
        if is_ambiguous and remote is None and not lane.speaks.reads_back:
            # The key may have brought back the answer to the first request, whose content is old by now.
            taken = lane.speaks.put(lane.wire, snapshot, taken)
    except ConflictError:
        if not lane.speaks.reads_back:
            raise
        current = lane.speaks.find(lane.wire, callback.pk)
        if current is not None and follow_end(lane.target, current, is_conflict=True):
            # Theirs came first. What became of it here is a change of its own, and is told next.
            raise ConflictError("ended_there") from None
        taken = lane.speaks.put(lane.wire, snapshot, current)
    except RecipientKeyError:
        raise PausingError("recipient_key") from None
    return taken


def _postpone(lane: Lane, row: SyncState, callback: Callback, error: SendError, roll: Callable[[], float]) -> None:
    """Wait longer each time; a day after the first failure it is a dead letter."""
    now = clock.now()
    unsent = _unsent(lane, row, callback)
    if row.failing_since is not None and now - row.failing_since >= GIVE_UP_AFTER:
        leases.bury(row, code=error.code, unsent_fields=unsent)
        log.warning("crm_gave_up", callback_id=row.callback_id, object_id=lane.target.pk, code=error.code)
        return
    asked = error.retry_after if isinstance(error, PassingError) else None
    until = now + pause_after(row.attempts, chance=roll(), asked=asked)
    leases.put_off(row, until=until, code=error.code, unsent_fields=unsent)
    log.info(
        "crm_put_off", callback_id=row.callback_id, object_id=lane.target.pk, code=error.code, attempts=row.attempts
    )


def _unsent(lane: Lane, row: SyncState, callback: Callback) -> list[str]:
    """Names of the fields in which what is wanted differs from what the target took last."""
    marks = marks_of(callback, lane.target.fields, clock.now())
    lacking = {name for name, mark in marks.items() if row.sent_marks.get(name) != mark}
    return sorted(lacking.union(ATTEMPT_FIELDS if untold(row, lane.target) else ()))


def _check(lane: Lane) -> None:
    """The test button's request; what it came to stands on the page of targets. One that cannot work is paused."""
    try:
        lane.speaks.check(lane.wire)
        takes_attempts = attempts_target_for(lane.target.kind)
        if lane.target.sends_attempts and takes_attempts is not None:
            takes_attempts.check_attempts(lane.wire)
        code = "ok"
    except PausingError as error:
        code = error.code
        _pause(lane.target, code)
    except SendError as error:
        code = error.code
    now = clock.now()
    CrmTarget.objects.filter(pk=lane.target.pk).update(is_check_wanted=False, checked_at=now, check_code=code)


def _read_back(lane: Lane) -> None:
    """Look what was ended over there, where that can be read, is due, and the target may be asked."""
    target, now = lane.target, clock.now()
    if target.polled_until is None or target.polled_until + leases.POLL_EVERY > now or not _may_ask(target):
        return
    try:
        poll(target, lane.speaks, lane.wire)
    except PausingError as error:
        _pause(target, error.code)
    except RefusedError as error:
        # It takes what is sent but lets nobody look: that is said once, and resuming looks again.
        CrmTarget.objects.filter(pk=target.pk).update(polled_until=None)
        _raise(target, error.code)
    except SendError as error:
        _note_answer(target, answered=False)
        log.info("crm_poll_failed", object_id=target.pk, code=error.code)
    else:
        _note_answer(target, answered=True)


def _reconcile(lane: Lane) -> None:
    """Compare both sides; what cannot be read whole now is compared when that is asked for again."""
    leases.keep_lane(lane.target, longer=LONGEST_COMPARISON)
    try:
        reconcile(lane.target, lane.speaks, lane.wire)
    except PausingError as error:
        _pause(lane.target, error.code)
    except SendError as error:
        CrmTarget.objects.filter(pk=lane.target.pk).update(is_reconcile_wanted=False)
        log.warning("crm_reconcile_failed", object_id=lane.target.pk, code=error.code)


def _note_answer(target: CrmTarget, *, answered: bool) -> None:
    """Move the breaker by one request; the lane's lease makes this the only writer."""
    now = clock.now()
    moved = leases.breaker_of(target).after(answered=answered, now=now)
    target.failures_in_row, target.recent_tries = moved.failures_in_row, moved.recent
    target.open_until, target.open_seconds = moved.open_until, moved.open_seconds
    if answered:
        target.last_success_at = now
    target.save(update_fields=["failures_in_row", "recent_tries", "open_until", "open_seconds", "last_success_at"])
    if moved.open_until is not None:
        log.warning("crm_breaker_open", object_id=target.pk, duration_ms=moved.open_seconds * 1000)


def _pause(target: CrmTarget, code: str) -> None:
    """Send nothing more until a person resumes it, and say so: a wrong key, tried on, locks accounts."""
    target.paused_code, target.paused_at = code, clock.now()
    target.save(update_fields=["paused_code", "paused_at"])
    _raise(target, code)
    log.error("crm_paused", object_id=target.pk, code=code)


def _raise(target: CrmTarget, code: str) -> None:
    raise_finding(
        UNAUTHORISED if code == "http_401" else MISCONFIGURED,
        clinic_id=target.clinic_id,
        about=Subject("crm_target", str(target.pk)),
        details={"code": code, "waiting": pending(target)},
    )
