"""Intake's fetching: a call that ended without a report is asked of VAPI and takes the same path as a sent one."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from audit.scope import current_scope
from intake.messages.lifecycle import missing_reports
from intake.models import AwaitedReport
from intake.models.call import FetchTrouble
from intake.models.delivery import Source
from intake.services.api_keys import has_a_key, open_api_key
from intake.services.line_findings import raise_key_refused, raise_report_lost
from intake.services.storing import Stored, store_report
from intake.services.vapi_calls import CallNotFetched, fetch_call
from intake.signatures import Verified
from intake.sources.vapi import parse_message
from intake.sources.vapi.envelope import JsonObject
from intake.sources.vapi.fetched import report_of_call
from lib import clock
from lib.logs import event_logger
from vault.envelope import SealBrokenError

log = event_logger(__name__)

SCHEME = "vapi_api"
# Longer than one call may take, so that the pause is also the lease: nobody else takes the row meanwhile.
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
# About a day at the longest pause: by then the promise is over, and a person must look.
MOST_ATTEMPTS = 30
# A turn ends well within a task's time limit, whatever the last call takes.
TURN_SECONDS = 25
# What no further try can change.
FINAL = frozenset({FetchTrouble.UNKNOWN_CALL})
# What lies with this one call; anything else would meet the line's next call as well.
OF_THE_CALL = frozenset(
    {
        FetchTrouble.UNKNOWN_CALL,
        FetchTrouble.NOT_ENDED,
        FetchTrouble.OTHER_CALL,
        FetchTrouble.TOO_LARGE,
    }
)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one try: `stored` where the report is here now, else `trouble` and when the next try is (UTC)."""

    call_id: str
    stored: Stored | None = None
    trouble: FetchTrouble | None = None
    next_at: datetime | None = None


def due_fetches(now: datetime, *, again: bool = False) -> QuerySet[AwaitedReport]:
    """Missing reports that may be asked for now, the longest missing first; with `again` also those that wait or were
    given up. Lines without a key have none: there is nobody to ask.
    """
    missing = missing_reports(now).filter(has_a_key())
    if again:
        return missing
    is_due = Q(fetch_from__isnull=True) | Q(fetch_from__lte=now)
    return missing.filter(is_due, gave_up_at__isnull=True)


def fetch_reports(*, again: bool = False, for_seconds: float | None = TURN_SECONDS) -> Iterator[Tried]:
    """Ask VAPI for each call that is due, once, and yield what came of it; begin none after `for_seconds`.

    Claims row by row, so that several at once share the work. A line whose VAPI cannot be reached, is busy or refuses
    the key is left alone for the rest of the turn. Needs a scope; never call it inside a transaction.
    """
    began, started = time.monotonic(), clock.now()
    seen: set[UUID] = set()
    resting: set[UUID] = set()
    while for_seconds is None or time.monotonic() - began < for_seconds:
        rows = due_fetches(started, again=again).exclude(pk__in=seen).exclude(line__in=resting)
        awaited = _claim(rows)
        if awaited is None:
            return
        seen.add(awaited.pk)
        tried = _try(awaited)
        if tried.trouble is not None and tried.trouble not in OF_THE_CALL:
            resting.add(awaited.line_id)
        yield tried


def _claim(rows: QuerySet[AwaitedReport]) -> AwaitedReport | None:
    """Take the first row that nobody else is at, by moving its next try: whoever dies over it has put it off."""
    with transaction.atomic():
        awaited = rows.select_for_update(skip_locked=True, of=("self",)).first()
        if awaited is not None:
            awaited.attempts += 1
            awaited.fetch_from = clock.now() + _pause(awaited.attempts)
            awaited.save(update_fields=["attempts", "fetch_from"])
    return awaited


def _pause(attempts: int) -> timedelta:
    pause: timedelta = FIRST_RETRY * 2 ** min(attempts - 1, 10)
    return min(pause, LONGEST_RETRY)


def _try(awaited: AwaitedReport) -> Tried:
    try:
        api_key = open_api_key(awaited.line)
    except SealBrokenError:
        log.error("api_key_unreadable", with_exception=True, line=awaited.line_id)  # noqa: TRY400 - our logger, not logging's
        return _put_off(awaited, FetchTrouble.KEY_REFUSED, None)
    if api_key is None:
        # Taken away since the row was found: as if it had not been.
        return Tried(awaited.call_id, trouble=FetchTrouble.KEY_REFUSED, next_at=awaited.fetch_from)
    try:
        call = fetch_call(awaited.call_id, api_key=api_key)
    except CallNotFetched as problem:
        return _put_off(awaited, problem.trouble, problem.retry_after)
    stored = _store(awaited, call, key_id=api_key.key_id)
    log.info("report_fetched", outcome=stored.outcome, delivery_id=stored.delivery_id, key_id=api_key.key_id)
    return Tried(awaited.call_id, stored=stored)


def _store(awaited: AwaitedReport, call: JsonObject, *, key_id: str) -> Stored:
    """Store it as a sent report is stored: one that came meanwhile makes it a duplicate, and it waits for no more."""
    line, received_at = awaited.line, clock.now()
    message = parse_message(
        report_of_call(call),
        received_at=received_at,
        region=line.clinic.region,
        structured_output_ids=frozenset(line.structured_output_ids),
    )
    if message.report is None:
        raise RuntimeError("a call's record was read as no report")
    stored = store_report(
        message,
        message.report,
        line=line,
        verified=Verified(scheme_name=SCHEME, key_id=key_id),
        received_at=received_at,
        request_id=str(current_scope().origin.request_id),
        source=Source.FETCHED,
    )
    AwaitedReport.objects.filter(pk=awaited.pk).delete()
    return stored


def _put_off(awaited: AwaitedReport, trouble: FetchTrouble, retry_after: float | None) -> Tried:
    """Keep why, and try later: not before VAPI asks for it, within the longest pause. At the end, tell the officer."""
    now = clock.now()
    next_at = awaited.fetch_from or now
    if retry_after is not None:
        next_at = max(next_at, now + min(timedelta(seconds=retry_after), LONGEST_RETRY))
    gives_up = trouble in FINAL or awaited.attempts >= MOST_ATTEMPTS
    with transaction.atomic():
        AwaitedReport.objects.filter(pk=awaited.pk).update(
            last_trouble=trouble, fetch_from=next_at, gave_up_at=now if gives_up else None
        )
        if trouble is FetchTrouble.KEY_REFUSED:
            raise_key_refused(awaited)
        if gives_up:
            raise_report_lost(awaited, trouble)
    log.warning("report_not_fetched", reason=trouble.value, attempts=awaited.attempts, line=awaited.line_id)
    return Tried(awaited.call_id, trouble=trouble, next_at=None if gives_up else next_at)
