"""`manage.py audit`: seals the trail; writes it, or what it holds about one record, out for the stand-alone verifier."""

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from audit.background import service_scope
from audit.events import TRAIL_EXPORTED
from audit.export.archive import Archived, write_archive
from audit.export.extract import write_extract
from audit.recording import flush, record_event
from audit.scope import Subject
from audit.sealing.sealer import KeyUnknownError, NotOurTurnError, seal_everything
from audit.sealing.service import INTERVAL_SECONDS, Sealer
from audit.sealing.signing import signing_keys


class Command(BaseCommand):
    help = "Seal the trail, or write it out for audit/verify.py."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        seal = actions.add_parser("seal", help="sign what the trail holds and no transaction can change any more")
        seal.add_argument(
            "--forever", action="store_true", help=f"keep sealing every {INTERVAL_SECONDS} s until stopped: the sealer"
        )
        export = actions.add_parser("export", help="write all seals and events into a new folder")
        export.add_argument("folder", type=Path, help="a folder that does not exist yet")
        extract = actions.add_parser(
            "extract", help="write the events about one caller or record, with proofs and as FHIR"
        )
        extract.add_argument("folder", type=Path, help="a folder that does not exist yet")
        extract.add_argument(
            "--about", required=True, type=UUID, help="the id of a caller, a callback, a delivery, ..."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        if options["action"] == "export":
            self._export(options["folder"], "archive", write_archive)
        elif options["action"] == "extract":
            about = str(options["about"])
            self._export(options["folder"], "extract", lambda folder: write_extract(folder, about), about)
        elif options["forever"]:
            self._seal_forever()
        else:
            self._seal()

    def _seal(self) -> None:
        try:
            made = seal_everything()
        except NotOurTurnError:
            raise CommandError("The sealer is at work already; it seals within seconds.") from None
        except (ImproperlyConfigured, KeyUnknownError) as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"{made} seals made." if made else "Nothing to seal.")

    def _seal_forever(self) -> None:
        try:
            signing_keys()
        except ImproperlyConfigured as problem:
            raise CommandError(str(problem)) from None
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        Sealer().run(stopped)

    def _export(self, folder: Path, scope: str, write: Callable[[Path], Archived], about: str = "") -> None:
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise CommandError(
                f"{folder} cannot be made ({error.strerror}); name a folder that does not exist."
            ) from None
        with service_scope("manage.py audit export", route="command") as audit_scope:
            # On record before the first byte is written; how much it was stands in the manifest.
            record_event(TRAIL_EXPORTED, obj=Subject("record", about) if about else None, details={"scope": scope})
            flush(audit_scope)
            done = write(folder)
        self.stdout.write(f"{done.seals} seals and {done.events} events in {folder}.")
        self.stdout.write(f"Check it anywhere: python3 audit/verify.py {folder} --expect-head {done.head}")
