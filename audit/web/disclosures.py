"""Audit's accounting of disclosures: what of one caller left the house over six years, to read or to take along."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_GET

from audit.events import REPORT_EXPORTED, REPORT_RUN, Purpose
from audit.policy import audited
from audit.providers import label_recipients, label_records, proof_needed
from audit.reports.disclosures import Disclosure, disclosures
from audit.web.asking import Asked, record_report, take_along, understand
from audit.web.names import record_name

NAME = "disclosures"
# Six years before the day a person asks (45 CFR 164.528(a)(1)), leap days included.
LOOK_BACK = timedelta(days=6 * 365 + 2)
COLUMNS = (
    "recipient", "recipient_address", "what_happened", "record", "record_id", "subject_id", "fields", "purpose",
    "purpose_code", "times", "first_clinic_time", "last_clinic_time", "time_zone", "first_utc", "last_utc", "said_by_staff",
)  # fmt: skip
PURPOSES = {
    Purpose.PATIENT_ADMINISTRATION.value: gettext_lazy("Patient administration"),
    Purpose.TREATMENT.value: gettext_lazy("Treatment"),
    Purpose.COMPLIANCE.value: gettext_lazy("Compliance"),
    Purpose.SYSTEM_ADMINISTRATION.value: gettext_lazy("System administration"),
}


@dataclass(frozen=True)
class DisclosureRow:
    """One line as the officer reads it; times in the clinic's zone with UTC beside the first."""

    recipient: str
    address: str
    did: str
    record: str
    record_url: str
    fields: str
    purpose: str
    first: str
    last: str
    utc: str
    count: int
    is_feared: bool


@audited(REPORT_RUN)
@require_GET
def caller_disclosures(request: HttpRequest) -> HttpResponse:
    """Every line: the accounting is owed whole. Running it is an event (FHIR 110101)."""
    asked = _asked(request)
    found = disclosures(asked.question) if asked.question else []
    record_report(REPORT_RUN, asked, rows=len(found))
    return _page(request, asked, found)


@audited(REPORT_EXPORTED)
@require_GET
def export_caller_disclosures(request: HttpRequest) -> HttpResponse:
    """The same lines, zipped with a manifest; only after the officer proved again who they are (FHIR 110106)."""
    asked = _asked(request)
    if asked.question is None:
        record_report(REPORT_RUN, asked, rows=0)
        return _page(request, asked, [])
    if (proof := proof_needed(request)) is not None:
        record_report(REPORT_RUN, asked, rows=0)
        return proof
    return take_along(asked, COLUMNS, _lines(disclosures(asked.question), asked.zone))


def _asked(request: HttpRequest) -> Asked:
    names = ("subject", "since", "until")
    return understand(request, NAME, needs_subject=True, default_since=LOOK_BACK, names=names)


def _page(request: HttpRequest, asked: Asked, found: list[Disclosure]) -> HttpResponse:
    context = {
        "section": NAME,
        "filters": asked.filters,
        "rows": _rows(found, asked.zone),
        "was_asked": asked.question is not None,
        "export_url": asked.export_url,
        "accesses_url": f"{reverse('audit:accesses')}?{urlencode({'subject': asked.filters.subject})}",
        "zone_name": asked.zone.key,
    }
    return render(request, "audit/disclosures.html", context)


class _Words:
    """What ids and codes of some disclosures are called, looked up once for all of them."""

    def __init__(self, found: list[Disclosure]) -> None:
        self._records = label_records({one.object_id for one in found if one.object_kind == "callback"})
        self._recipients = label_recipients({one.recipient_id for one in found if one.recipient_id})

    def record(self, one: Disclosure) -> str:
        return record_name(one.object_kind, one.object_id, self._records)

    def recipient(self, one: Disclosure) -> str:
        if not one.recipient_id:
            return _("Not known")
        return self._recipients.get(one.recipient_id) or record_name("recipient", one.recipient_id, {})

    def purpose(self, one: Disclosure) -> str:
        return ", ".join(str(PURPOSES.get(code, code)) for code in one.purposes)


def _rows(found: list[Disclosure], zone: ZoneInfo) -> list[DisclosureRow]:
    words = _Words(found)
    return [
        DisclosureRow(
            recipient=words.recipient(one),
            address=one.address,
            did=one.sentence,
            record=words.record(one),
            record_url=f"{reverse('audit:trail')}?{urlencode({'subject': one.object_id})}",
            fields=", ".join(one.fields),
            purpose=words.purpose(one),
            first=f"{one.first_at.astimezone(zone):%a %d %b %Y, %H:%M}",
            last=f"{one.last_at.astimezone(zone):%a %d %b %Y, %H:%M}" if one.count > 1 else "",
            utc=f"{one.first_at.astimezone(UTC):%H:%M} UTC",
            count=one.count,
            is_feared=one.is_feared,
        )
        for one in found
    ]


def _lines(found: list[Disclosure], zone: ZoneInfo) -> list[list[str]]:
    words = _Words(found)
    return [
        [
            words.recipient(one), one.address, one.sentence, words.record(one), one.object_id, one.subject_id,
            ", ".join(one.fields), words.purpose(one), ", ".join(one.purposes), str(one.count),
            _local(one.first_at, zone), _local(one.last_at, zone), zone.key, one.first_at.astimezone(UTC).isoformat(),
            one.last_at.astimezone(UTC).isoformat(), "yes" if one.is_feared else "no",
        ]
        for one in found
    ]  # fmt: skip


def _local(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).isoformat(sep=" ", timespec="seconds")
