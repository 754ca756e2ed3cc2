"""Callbacks' mailing: notices by e-mail, a reference and a time and nothing else; each once, tried again when refused."""

from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils.translation import gettext as _

from callbacks.models import NoticeKind, NoticeMail
from callbacks.queries.noticed import speak_of
from callbacks.states import Status
from lib import clock
from lib.logs import event_logger

log = event_logger(__name__)

SWEEP_LIMIT = 50
# Doubling from one minute: the last try is about two hours after the first. A notice older than that helps nobody.
MOST_TRIES = 8
FIRST_WAIT = timedelta(minutes=1)


def send_notice_mails() -> int:
    """Send what waits; how many left. Each is claimed by moving its next try into the future, so two runs never send
    the same one and a crash in the middle only delays it. What is about a closed callback is not sent any more. A
    server that does not answer ends the run: the others keep their tries.
    """
    sent = 0
    for _turn in range(SWEEP_LIMIT):
        mail = _claim(clock.now())
        if mail is None:
            break
        # An officer must hear of an emergency access whatever became of the callback.
        is_work = mail.notice.kind != NoticeKind.EMERGENCY_ACCESS
        if is_work and mail.notice.callback.status == Status.CLOSED:
            NoticeMail.objects.filter(pk=mail.pk).update(next_try_at=None)
            continue
        try:
            _message(mail).send()
        except OSError as error:
            # All of smtplib's errors are of this kind. Never their text: servers repeat addresses.
            log.warning("notice_mail_failed", object_id=str(mail.pk), reason=type(error).__name__)
            if isinstance(error, SMTPRecipientsRefused):
                continue
            break
        NoticeMail.objects.filter(pk=mail.pk).update(sent_at=clock.now())
        sent += 1
    return sent


def _claim(now: datetime) -> NoticeMail | None:
    with transaction.atomic():
        waiting = NoticeMail.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            sent_at__isnull=True, next_try_at__lte=now
        )
        mail = waiting.select_related("notice__callback", "notice__clinic", "person").order_by("next_try_at").first()
        if mail is not None:
            mail.tries += 1
            mail.next_try_at = now + FIRST_WAIT * 2 ** (mail.tries - 1) if mail.tries < MOST_TRIES else None
            mail.save(update_fields=["tries", "next_try_at"])
    return mail


def _message(mail: NoticeMail) -> EmailMessage:
    text = speak_of(mail.notice, clock.now())
    body = _("%(notice)s. Sign in to Ringback to see it.") % {"notice": text}
    # The same id at every try: a mail that left twice is shown once.
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    headers = {"Message-ID": f"<{mail.pk}@{domain}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(text, body, to=[mail.person.email], headers=headers)
