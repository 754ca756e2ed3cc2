"""Callbacks' tasks: what the clock does to callbacks, and what CRMs are told. Each is safe run twice, or by two beats."""

from uuid import UUID

from celery import shared_task

from audit.background import AuditedTask
from callbacks import findings
from callbacks.crm import reconciling, sync
from callbacks.crm.wanting import SYNC_TARGET
from callbacks.services import expiring, following_hours, mailing, noticing, reassigning
from callbacks.services.ordering import sweep_places


@shared_task(base=AuditedTask, name="callbacks.tasks.sweep_priorities")
def sweep_priorities() -> None:
    """Keep the stored order true as time passes."""
    sweep_places()


@shared_task(base=AuditedTask, name="callbacks.tasks.sweep_leases")
def sweep_leases() -> None:
    """Put back what people claimed and let run out, and say so."""
    expiring.sweep_leases()


@shared_task(base=AuditedTask, name="callbacks.tasks.sweep_off_roll")
def sweep_off_roll() -> None:
    """Give back what stands in the name of somebody whose role ended."""
    reassigning.sweep_off_roll()


@shared_task(base=AuditedTask, name="callbacks.tasks.raise_notices")
def raise_notices() -> None:
    """Tell people what needs them, in open hours, each thing once."""
    noticing.raise_notices()


@shared_task(base=AuditedTask, name="callbacks.tasks.send_notice_mails")
def send_notice_mails() -> None:
    """Send notices that wait to be mailed."""
    mailing.send_notice_mails()


@shared_task(base=AuditedTask, name="callbacks.tasks.follow_hours")
def follow_hours() -> None:
    """Move due times to hours that were edited; never what was promised."""
    following_hours.follow_hours()


@shared_task(base=AuditedTask, name="callbacks.tasks.check_callbacks")
def check_callbacks() -> None:
    """Look for callbacks that nobody would see or that do not move; a finding for each."""
    findings.check_callbacks()


@shared_task(base=AuditedTask, name="callbacks.tasks.ring_due_targets")
def ring_due_targets() -> None:
    """Ring for each CRM that has something to be told."""
    sync.ring_due_targets()


# Longer than the house's limits: a lane's last row may ask six times and wait for each answer.
@shared_task(base=AuditedTask, name=SYNC_TARGET, soft_time_limit=100, time_limit=110)
def sync_target(target_id: str) -> None:
    """Tell one CRM what is due there; nothing to do when another worker is at it."""
    sync.run_lane(UUID(target_id))


@shared_task(base=AuditedTask, name="callbacks.tasks.compare_with_crms")
def compare_with_crms() -> None:
    """Have every CRM that can be read compared with the desk."""
    reconciling.want_reconciling()
