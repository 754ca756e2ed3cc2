"""The week's figures: how many promises were kept, of those that could be kept and of all."""

from dataclasses import dataclass
from datetime import datetime
from statistics import median

from accounts.models import Clinic
from callbacks.calendars import clinic_calendar
from callbacks.models import Callback
from callbacks.scheduling.due import PromiseFlag
from callbacks.scheduling.hours import callable_time_between

HEAD = (
    "| calls a weekday | order | promises due | kept | kept where hours allow it | reached | open minutes to 1st try |\n"
    "|---:|---|---:|---:|---:|---:|---:|"
)


@dataclass(frozen=True)
class Figures:
    """Shares are between 0 and 1. `kept`: first tried by the promised instant, answered or not (callbacks.md §2.8)."""

    due: int
    kept: float
    kept_keepable: float
    reached: float
    open_minutes_to_first_try: float


def figures(clinic: Clinic, end: datetime) -> Figures:
    """Of the callbacks whose promise fell due before `end`. The median counts those never tried as waiting till `end`."""
    rows = list(Callback.objects.filter(clinic=clinic, promised_by__lt=end).defer("first_name", "phone"))
    kept = {row.pk for row in rows if row.first_attempt_at is not None and row.first_attempt_at <= row.promised_by}
    keepable = {row.pk for row in rows if PromiseFlag.PROMISE_UNKEEPABLE not in row.flags}
    calendar = clinic_calendar(clinic)
    waits = [callable_time_between(calendar, row.received_at, row.first_attempt_at or end) for row in rows]
    return Figures(
        due=len(rows),
        kept=len(kept) / len(rows),
        kept_keepable=len(kept & keepable) / len(keepable),
        reached=sum(row.reached_at is not None for row in rows) / len(rows),
        open_minutes_to_first_try=median(wait.total_seconds() / 60 for wait in waits),
    )


def row(volume: int, policy: str, found: Figures) -> str:
    """One line of the table."""
    shares = " | ".join(f"{share:.1%}" for share in (found.kept, found.kept_keepable, found.reached))
    return f"| {volume} | {policy} | {found.due} | {shares} | {found.open_minutes_to_first_try:.0f} |"
