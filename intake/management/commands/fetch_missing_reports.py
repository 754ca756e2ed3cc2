"""`manage.py fetch_missing_reports`: asks VAPI, now, for calls that ended and whose report never came."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from audit.background import service_scope
from intake.messages.lifecycle import missing_reports
from intake.services.fetching import Tried, due_fetches, fetch_reports
from lib import clock

SERVICE = "manage.py fetch_missing_reports"


class Command(BaseCommand):
    help = (
        "Fetch calls that ended at VAPI without a report (GET /call/{id}) and take them through the same path as a"
        " report. Beat does this every minute; a call that cannot be fetched is tried less and less often for about a"
        " day, then an alarm tells the officer. Needs VAPI_API_KEY, or a line's own key in administration."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be fetched, and ask nobody")
        parser.add_argument(
            "--again", action="store_true", help="also calls whose next try is not due yet, and those given up"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        now = clock.now()
        due = due_fetches(now, again=options["again"])
        waiting, without = due.count(), missing_reports(now).count() - due_fetches(now, again=True).count()
        if without:
            self.stdout.write(
                f"{without} missing, of lines without a key: they are not fetched. Set VAPI_API_KEY for the default"
                " line, or a line's own key in administration."
            )
        if options["dry_run"]:
            for awaited in due:
                self.stdout.write(f"{awaited.call_id}, ended {awaited.ended_at:%Y-%m-%d %H:%M} UTC")
            self.stdout.write(f"{waiting} would be fetched.")
            return
        fetched = 0
        with service_scope(SERVICE, route="fetch_missing_reports"):
            for count, tried in enumerate(fetch_reports(again=options["again"], for_seconds=None), start=1):
                fetched += tried.stored is not None
                self.stdout.write(f"{count} of {waiting}: {_told(tried)}")
        self.stdout.write(f"{fetched} fetched.")


def _told(tried: Tried) -> str:
    if tried.stored is not None:
        return f"{tried.call_id} fetched, {tried.stored.outcome}"
    why = tried.trouble.label if tried.trouble is not None else ""
    if tried.next_at is None:
        return f"{tried.call_id} given up: {why}"
    return f"{tried.call_id} not fetched: {why}; next try {tried.next_at:%Y-%m-%d %H:%M} UTC"
