"""Callbacks' alert of an emergency access: its clinic's officers hear of it at once, by a reference and nothing else."""

from django.conf import settings

from accounts.models import EmergencyAccess, Role, User
from callbacks.models import Audience, Callback, Notice, NoticeKind, NoticeMail
from lib import clock


def alert_officers(callback: Callback, box: EmergencyAccess) -> None:
    """One notice for each officer of the clinic, by e-mail too where the house sends any; in the transaction of the
    opening. Who opened it is told nothing they do not know.
    """
    now = clock.now()
    officers = User.objects.filter(
        memberships__in=callback.clinic.memberships.active(now).filter(role=Role.OFFICER), is_active=True
    )
    for officer in officers.exclude(pk=box.person_id).distinct():
        notice = Notice.objects.create(
            clinic=callback.clinic,
            callback=callback,
            kind=NoticeKind.EMERGENCY_ACCESS,
            audience=Audience.PERSON,
            person=officer,
            about_at=box.opened_at,
            raised_at=now,
        )
        if settings.NOTICES_BY_MAIL and officer.email:
            NoticeMail.objects.create(notice=notice, person=officer, next_try_at=now)
