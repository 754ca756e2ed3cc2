"""Anchors' work in the sealer: keep the head everywhere, and compare what was kept with the chain."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings

from audit.anchors.bucket import BucketAnchor
from audit.anchors.file import FileAnchor
from audit.anchors.heads import AnchorError, KeptHead
from audit.anchors.syslog import SyslogAnchor
from audit.findings import Severity, declare_finding, raise_finding
from audit.models import AnchorState, Seal
from audit.scope import Subject
from lib import clock
from lib.logs import event_logger

log = event_logger(__name__)

# An anchor that failed is asked again after this; a store that is away must not slow the seals.
RETRY = timedelta(seconds=60)

CHAIN_DIFFERS = declare_finding(
    "trail:anchor:differs",
    Severity.ALARM,
    "The trail's seals are not those that were anchored",
    "The chain was cut or made anew after its head was kept elsewhere, or the database was restored from a backup."
    " If nobody restored it, treat it as an incident: export the trail and verify it against the anchor.",
)
NO_ANCHOR = declare_finding(
    "trail:anchor:none",
    Severity.WARNING,
    "The trail's head is kept nowhere else",
    "Somebody with every right in the database could cut the end of the trail unseen. Have an operator set"
    " AUDIT_ANCHOR_PATH, AUDIT_ANCHOR_SYSLOG or AUDIT_ANCHOR_BUCKET.",
)


class Anchor(Protocol):
    """A place outside the database. `pause` is the least time between two heads it is given."""

    name: str
    pause: timedelta

    def keep(self, head: KeptHead) -> None:
        """Raises AnchorError."""

    def last_kept(self) -> KeptHead | None:
        """None when it has none or cannot be asked. Raises AnchorError."""


def configured_anchors() -> list[Anchor]:
    """The anchors the operator named."""
    found: list[Anchor] = []
    if settings.AUDIT_ANCHOR_PATH:
        found.append(FileAnchor(Path(settings.AUDIT_ANCHOR_PATH)))
    if settings.AUDIT_ANCHOR_SYSLOG:
        found.append(SyslogAnchor(urlsplit(settings.AUDIT_ANCHOR_SYSLOG)))
    if settings.AUDIT_ANCHOR_BUCKET:
        found.append(BucketAnchor(**settings.AUDIT_ANCHOR_BUCKET))
    return found


def keep_head(anchors: Sequence[Anchor]) -> None:
    """Give the chain's head to every anchor that is due; note in AnchorState how that went. Needs a scope.

    An anchor is compared first: a chain that was cut while the sealer ran must not cover its own traces. Never raises
    AnchorError.
    """
    seal = _last_seal()
    if seal is None:
        return
    states = AnchorState.objects.in_bulk([anchor.name for anchor in anchors])
    for anchor in anchors:
        state = states.get(anchor.name) or AnchorState(name=anchor.name)
        if _is_due(anchor, state, seal.n):
            _compare(anchor)
            _keep(anchor, state, seal)


def compare_with_anchors(anchors: Sequence[Anchor]) -> None:
    """Raise an alarm for every anchor whose last head is not in the chain as it was kept. Needs a scope."""
    if not anchors:
        raise_finding(NO_ANCHOR)
    for anchor in anchors:
        _compare(anchor)


def _compare(anchor: Anchor) -> None:
    try:
        kept = anchor.last_kept()
    except AnchorError as problem:
        log.warning("anchor_not_readable", service=anchor.name, reason=problem.code)
        return
    if kept is None:
        return
    seal = Seal.objects.using("audit_reader").filter(n=kept.n).first()
    if seal is not None and seal.hash == kept.hash:
        return
    last = _last_seal()
    log.critical("trail_differs_from_anchor", service=anchor.name, seal=kept.n)
    raise_finding(
        CHAIN_DIFFERS,
        about=Subject("anchor", anchor.name),
        details={
            "anchored_seal": kept.n,
            "last_seal_now": last.n if last else 0,
            "difference": "missing" if seal is None else "another",
        },
    )


def _last_seal() -> Seal | None:
    return Seal.objects.using("audit_reader").order_by("-n").first()


def _is_due(anchor: Anchor, state: AnchorState, seal_n: int) -> bool:
    now = clock.now()
    # A lower number than the kept one is another chain than before; it is kept beside the old one.
    if state.seal_n == seal_n:
        return False
    if state.problem:
        return state.tried_at is None or now - state.tried_at >= RETRY
    return state.kept_at is None or now - state.kept_at >= anchor.pause


def _keep(anchor: Anchor, state: AnchorState, seal: Seal) -> None:
    state.tried_at = clock.now()
    try:
        anchor.keep(KeptHead(seal.n, seal.hash, seal.stored_at))
    except AnchorError as problem:
        log.warning("anchor_failed", service=anchor.name, reason=problem.code, seal=seal.n)
        state.problem = problem.code
    else:
        state.seal_n, state.seal_hash, state.kept_at, state.problem = seal.n, seal.hash, clock.now(), ""
    state.save()
