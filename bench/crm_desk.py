"""Bench's desk with CRMs: targets of signed JSON on loopback, told by the worker that `make run` starts for them."""

import importlib
import os
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString
from uuid import uuid4

import psycopg

from bench.desk import IntakeDesk
from bench.processes import HOST, free_port, running, wait_for_port

_PATIENCE_SECONDS = 60.0
_ASK_AGAIN_SECONDS = 0.02
# May be spoken to although it is this very machine; set before the desk is started.
ALLOWED = {"RINGBACK_OUTBOUND_HOSTS": f"private:{HOST}"}


def set_up_django(desk: IntakeDesk) -> None:
    """Let this process use the desk's own models and keys."""
    os.environ |= desk.environment
    import django

    django.setup()
    # Its broker is the desk's, for whoever rings.
    importlib.import_module("config.celery")


@contextmanager
def crms(pauses: Sequence[str], folder: Path) -> Iterator[list[int]]:
    """CRMs that answer after these seconds ("never": not at all), in a process of their own; their ports."""
    ports = [free_port() for _ in pauses]
    places = [f"{port}:{pause}" for port, pause in zip(ports, pauses, strict=True)]
    log = folder / "crms.log"
    with running([sys.executable, "-m", "bench.peers.crms", *places], os.environ, log) as process:
        for port in ports:
            wait_for_port(port, process, log)
        yield ports


def connect_crm(name: str, port: int) -> str:
    """Make a target there, told of all that waits, for the desk's first clinic; its id. Switched off until wanted."""
    from accounts.models import Clinic
    from callbacks.crm.wanting import want_all_open
    from callbacks.models import CrmTarget, TargetKind

    clinic = Clinic.objects.order_by("pk")[0]
    fields = ["reference", "state", "closed_reason", "phone", "first_name", "due_at", "urgency"]
    target = CrmTarget(clinic=clinic, name=name, kind=TargetKind.JSON, address=f"http://{HOST}:{port}", fields=fields)
    target.signing_secret = secrets.token_urlsafe(32)
    target.is_enabled = False
    target.save(force_insert=True)
    want_all_open(target)
    return str(target.pk)


class Lanes:
    """Switches targets on and off, rings for them, and reads how far they are; as the database's owner."""

    def __init__(self, desk: IntakeDesk) -> None:
        self._database = psycopg.connect(desk.urls.owner, autocommit=True)

    def close(self) -> None:
        self._database.close()

    def only(self, targets: Sequence[str]) -> None:
        """Let these be told and no others, from the moment that nobody else's lane is held; what was is forgiven."""
        self._run(
            "UPDATE callbacks_crmtarget SET is_enabled = (id = ANY(%s::uuid[])),"
            " failures_in_row = 0, recent_tries = '', open_until = NULL, open_seconds = 0",
            [list(targets)],
        )
        ends = time.monotonic() + _PATIENCE_SECONDS
        while self._number(
            "SELECT count(*) FROM callbacks_crmtarget WHERE lane_until > clock_timestamp() AND NOT is_enabled"
        ):
            if time.monotonic() > ends:
                raise TimeoutError("a lane did not end")
            time.sleep(_ASK_AGAIN_SECONDS)
        self.ring(targets)

    def ring(self, targets: Sequence[str]) -> None:
        """Ring as beat does for what is due."""
        from callbacks.tasks import sync_target

        for target in targets:
            sync_target.apply_async((target,), headers={"request_id": str(uuid4())})

    def told(self, target: str) -> int:
        return self._number(
            "SELECT count(*) FROM callbacks_syncstate WHERE target_id = %s AND status = 'synced'", target
        )

    def lags(self, target: str) -> list[float]:
        """Seconds from the wish to its fulfilment, of all that were told."""
        rows = self._run(
            "SELECT extract(epoch FROM synced_at - wanted_since) FROM callbacks_syncstate"
            " WHERE target_id = %s AND status = 'synced'",
            [target],
        )
        return [float(str(lag)) for (lag,) in rows.fetchall()]

    def want_again(self) -> None:
        """Everything waits anew, as after a day with the CRMs away."""
        self._run(
            "UPDATE callbacks_syncstate SET status = 'pending', next_at = now(), wanted_since = now(),"
            " wanted_version = wanted_version + 1, sent_marks = '{}', attempts = 0"
        )
        self._run("VACUUM ANALYZE callbacks_syncstate")

    def _number(self, statement: LiteralString, *values: object) -> int:
        row = self._run(statement, list(values)).fetchone()
        assert row is not None
        return int(str(row[0]))

    def _run(self, statement: LiteralString, values: list[object] | None = None) -> psycopg.Cursor[tuple[object, ...]]:
        return self._database.execute(statement, values)
