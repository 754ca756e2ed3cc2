"""`manage.py crm`: what an operator sees of the clinics' CRMs, and does about them, without a browser."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from audit.background import service_scope
from callbacks.crm import letters
from callbacks.crm.reconciling import want_reconciling
from callbacks.crm.sync import run_lane
from callbacks.models import CrmTarget, SyncState, SyncStatus

SERVICE = "manage.py crm"


class Command(BaseCommand):
    help = "List CRM targets and dead letters (list), send dead letters again (retry), compare both sides (reconcile)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=("list", "retry", "resume", "reconcile"))
        parser.add_argument("--target", type=UUID, help="id of one target; without it, all of them")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        targets = CrmTarget.objects.filter(is_enabled=True).select_related("clinic")
        if options["target"] is not None:
            targets = targets.filter(pk=options["target"])
        found = list(targets)
        if not found:
            raise CommandError("There is no such target that is enabled.")
        with service_scope(SERVICE, route="crm"):
            for target in found:
                self._do(options["act"], target)

    def _do(self, act: str, target: CrmTarget) -> None:
        if act == "list":
            self._list(target)
        elif act == "retry":
            self.stdout.write(f"{target.pk} {letters.retry_all(target)} sent again")
        elif act == "resume":
            letters.resume_target(target)
            self.stdout.write(f"{target.pk} resumed")
        else:
            self._reconcile(target)

    def _list(self, target: CrmTarget) -> None:
        states = SyncState.objects.filter(target=target)
        counts = {status: states.filter(status=status).count() for status in SyncStatus.values}
        said = ", ".join(f"{count} {status}" for status, count in counts.items())
        self.stdout.write(f"{target.pk} {target.kind} {target.clinic.name}: {target.paused_code or 'open'}; {said}")
        for letter in states.filter(status=SyncStatus.DEAD).select_related("callback").order_by("wanted_since"):
            self.stdout.write(f"  {letter.callback.ref} {letter.last_error_code} {', '.join(letter.unsent_fields)}")

    def _reconcile(self, target: CrmTarget) -> None:
        before = target.reconciled_at
        want_reconciling()
        run_lane(target.pk)
        target.refresh_from_db()
        if target.reconciled_at == before:
            self.stdout.write(f"{target.pk} could not be compared now: it is busy, stopped, away, or cannot be read")
            return
        self.stdout.write(f"{target.pk} sent again: {', '.join(target.repaired_refs) or 'none'}")
        self.stdout.write(f"{target.pk} missing there: {', '.join(target.missing_refs) or 'none'}")
        self.stdout.write(f"{target.pk} unknown here: {', '.join(target.orphan_ids) or 'none'}")
