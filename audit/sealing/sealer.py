"""Sealing's one step: take the rows no transaction can still add to, sign what they are, append the seal.

A row belongs to a seal by its transaction number, never by its own id or time: rows commit in another order than they
are written, and a sealer that asks for "later than the last" loses those that commit late. Everything below the
snapshot's horizon has ended, so a range [lo, hi) below it is complete for ever.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from audit.sealing.body import NO_SEAL, SealBody, SealKind, seal_hash
from audit.sealing.merkle import leaf_hash, root
from audit.sealing.signing import SigningKey, key_id_of, signing_keys
from lib import clock
from lib.logs import event_logger

log = event_logger(__name__)

ALIAS = "sealer"
# Silence is evidence as well: without rows there is a seal an hour.
HEARTBEAT = timedelta(hours=1)
# What one seal holds at most; the rest comes with the next one, at once.
ROWS_A_SEAL = 50_000


class NotOurTurnError(Exception):
    """Another sealer is at work on this database; it will seal what there is."""


class KeyUnknownError(Exception):
    """The chain's key is not among ours: sealing on would make a seal nobody can check."""


@dataclass(frozen=True)
class Head:
    """The last seal: what the next one follows."""

    n: int
    hash: str
    body: dict[str, Any]

    @property
    def sealed_at(self) -> datetime:
        return datetime.fromisoformat(self.body["sealed_at"])


@dataclass(frozen=True)
class _Row:
    event_id: UUID
    line: str
    stored_at: datetime


def seal_once(*, rows_a_seal: int = ROWS_A_SEAL) -> Head | None:
    """Make one seal if there is something to seal or the hour is over; None when there is neither.

    1. Take the advisory lock for this transaction; somebody else holds it: NotOurTurnError.
    2. Read the head. None: the genesis seal. Another cluster than before: an epoch seal. A new first key: a rotation.
    3. Take the rows below the horizon, at most `rows_a_seal`; sign; append the seal and its leaves; commit.

    Raises KeyUnknownError when none of our keys is the chain's.
    """
    with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('audit sealer'))")
        if not cursor.fetchone()[0]:
            raise NotOurTurnError
        return _next_seal(cursor, signing_keys(), rows_a_seal)


def seal_everything() -> int:
    """Seal until nothing is left to seal now; how many seals were made."""
    made = 0
    while seal_once() is not None:
        made += 1
    return made


def _next_seal(cursor: CursorWrapper, keys: Sequence[SigningKey], rows_a_seal: int) -> Head | None:
    head, cluster = _head(cursor), _cluster(cursor)
    if head is None:
        genesis = _body(SealKind.GENESIS, None, cluster, keys[0].key_id)
        return _append(cursor, replace(genesis, facts={"public_key": keys[0].public_hex}), [], keys[0])
    key = _key_of_chain(head, keys)
    if head.body["cluster"] != cluster:
        left_over = _unsealed_of_old_cluster(cursor)
        return _append(cursor, _body(SealKind.EPOCH, head, cluster, key.key_id), left_over, key)
    if key is not keys[0]:
        rotation = _body(SealKind.ROTATION, head, cluster, key.key_id)
        return _append(cursor, replace(rotation, facts={"next_key": keys[0].public_hex}), [], key)
    hi, rows = _complete_rows(cursor, head, rows_a_seal)
    if not rows and clock.now() - head.sealed_at < HEARTBEAT:
        return None
    return _append(cursor, replace(_body(SealKind.BATCH, head, cluster, key.key_id), hi=hi), rows, key)


def _head(cursor: CursorWrapper) -> Head | None:
    cursor.execute("SELECT n, hash, body FROM audit_seal ORDER BY n DESC LIMIT 1")
    found = cursor.fetchone()
    return None if found is None else Head(found[0], found[1], json.loads(found[2]))


def _cluster(cursor: CursorWrapper) -> str:
    """Identity of the database cluster: after a restore elsewhere transaction numbers start anew."""
    cursor.execute("SELECT system_identifier FROM pg_control_system()")
    return str(cursor.fetchone()[0])


def _key_of_chain(head: Head, keys: Sequence[SigningKey]) -> SigningKey:
    """The key the next seal is signed with: the head's own, or the one it names as its successor."""
    successor = head.body["facts"].get("next_key")
    wanted = key_id_of(successor) if successor else head.body["key_id"]
    for key in keys:
        if key.key_id == wanted:
            return key
    raise KeyUnknownError(f"the chain is signed by key {wanted}, which AUDIT_SIGNING_KEY does not hold")


def _complete_rows(cursor: CursorWrapper, head: Head, limit: int) -> tuple[int, list[_Row]]:
    """Rows of ended transactions after the head's range, whole transactions only; and where their range ends."""
    lo = str(head.body["hi"])
    cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
    hi = cursor.fetchone()[0]
    in_range = "FROM audit_event WHERE xid >= %s::text::xid8 AND xid < %s::text::xid8"
    # A long silence of the sealer must not become one seal of millions: end before the transaction that exceeds it.
    cursor.execute(f"SELECT xid::text {in_range} ORDER BY xid OFFSET %s LIMIT 1", [lo, hi, limit])
    beyond = cursor.fetchone()
    if beyond is not None:
        cursor.execute(f"SELECT min(xid)::text {in_range}", [lo, hi])
        (first,) = cursor.fetchone()
        # One transaction larger than a seal still is one seal.
        hi = beyond[0] if beyond[0] != first else str(int(first) + 1)
    sealed_elsewhere = (
        " AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.event_id = audit_event.event_id)"
        if head.body["epoch"]
        else ""
    )
    cursor.execute(f"SELECT event_id, line, stored_at {in_range}{sealed_elsewhere} ORDER BY event_id", [lo, hi])
    return int(hi), [_Row(*found) for found in cursor.fetchall()]


def _unsealed_of_old_cluster(cursor: CursorWrapper) -> list[_Row]:
    """Rows a restore brought along that the old cluster had not sealed any more."""
    cursor.execute(
        "SELECT event_id, line, stored_at FROM audit_event e"
        " WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.event_id = e.event_id) ORDER BY event_id"
    )
    return [_Row(*found) for found in cursor.fetchall()]


def _body(kind: SealKind, head: Head | None, cluster: str, key_id: str) -> SealBody:
    """A seal without rows after `head`; its range is empty until rows give it one."""
    is_new_cluster = head is not None and head.body["cluster"] != cluster
    hi = 0 if head is None or is_new_cluster else head.body["hi"]
    return SealBody(
        n=head.n + 1 if head else 1,
        kind=kind,
        prev=head.hash if head else NO_SEAL,
        epoch=head.body["epoch"] + is_new_cluster if head else 0,
        cluster=cluster,
        lo=hi,
        hi=hi,
        count=0,
        root=root([]).hex(),
        key_id=key_id,
        sealed_at=clock.now(),
    )


def _append(cursor: CursorWrapper, body: SealBody, rows: list[_Row], key: SigningKey) -> Head:
    leaves = [leaf_hash(row.line) for row in rows]
    facts = [json.loads(row.line) for row in rows]
    full = replace(
        body,
        count=len(rows),
        root=root(leaves).hex(),
        first_stored_at=min((row.stored_at for row in rows), default=None),
        last_stored_at=max((row.stored_at for row in rows), default=None),
        writers=_writers(facts),
        opened=sum(fact.get("opened", 0) for fact in facts),
        audited=sum(fact.get("audited", 0) for fact in facts),
    )
    text = full.canonical()
    signature = key.sign(text)
    digest = seal_hash(text, signature)
    cursor.execute(
        "INSERT INTO audit_seal (n, body, signature, hash) VALUES (%s, %s, %s, %s)", [full.n, text, signature, digest]
    )
    with cursor.copy("COPY audit_leaf (seal_n, position, event_id, leaf) FROM STDIN") as copy:
        for position, (row, leaf) in enumerate(zip(rows, leaves, strict=True)):
            copy.write_row((full.n, position, row.event_id, leaf))
    log.info("trail_sealed", seal=full.n, count=full.count)
    return Head(full.n, digest, json.loads(text))


def _writers(facts: list[dict[str, Any]]) -> dict[str, tuple[int, int, int]]:
    """First and last number of each gapless stream among these lines, and how many of its lines there are."""
    found: dict[str, tuple[int, int, int]] = {}
    for fact in facts:
        stream, number = fact.get("stream_id"), fact.get("stream_seq")
        if stream is not None and number is not None:
            first, last, count = found.get(stream, (number, number, 0))
            found[stream] = (min(first, number), max(last, number), count + 1)
    return found
