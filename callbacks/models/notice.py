"""Callbacks' notices: that a callback needs somebody, by its reference and a time, and who has seen or been sent it."""

from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Clinic
from callbacks.models.callback import Callback, choices
from lib.ids import new_id


class NoticeKind(StrEnum):
    """What a notice is about (callbacks.md §1 to §2.5)."""

    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    URGENT_UNTRIED = "urgent_untried"
    URGENT_WHILE_CLOSED = "urgent_while_closed"
    CONCERN_WAITING = "concern_waiting"
    CONCERN_OVERDUE = "concern_overdue"
    AGREED_NOW = "agreed_now"
    UNKEEPABLE = "unkeepable"
    SKIPPED_OFTEN = "skipped_often"
    NO_CALLABLE_TIME = "no_callable_time"
    EMERGENCY_ACCESS = "emergency_access"
    FOR_SUPERVISOR = "for_supervisor"


class Audience(StrEnum):
    """Whom a notice is for: everybody of its clinic with that work, or one person."""

    AGENTS = "agents"
    SUPERVISORS = "supervisors"
    NURSES = "nurses"
    PERSON = "person"


class Notice(models.Model):
    """One row tells one audience once that a callback needs them. Nothing of the caller: a reference and a time.

    `about_at` is the instant the notice speaks of (a due time, an agreed time); a callback whose due time moves is
    noticed anew. `person` is set for the audience of one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="notices")
    callback = models.ForeignKey(Callback, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=20, choices=choices(NoticeKind))
    audience = models.CharField(max_length=12, choices=choices(Audience))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="notices")
    about_at = models.DateTimeField()
    raised_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["callback", "kind", "audience", "about_at", "person"],
                nulls_distinct=False,
                name="each_notice_once",
            ),
            models.CheckConstraint(
                condition=Q(audience="person", person__isnull=False) | ~Q(audience="person") & Q(person__isnull=True),
                name="a_notice_for_one_names_them",
            ),
        ]
        indexes = [models.Index(fields=["clinic", "-raised_at"], name="notice_of_clinic")]

    def __str__(self) -> str:
        return f"{self.kind} {self.callback_id}"


class NoticeReading(models.Model):
    """One row says that a person has seen a notice."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="readings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "person"], name="a_notice_is_read_once")]

    def __str__(self) -> str:
        return str(self.pk)


class NoticeMail(models.Model):
    """One row is one notice to send to one person by e-mail: `sent_at` once it left, else tried from `next_try_at` on."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="mails")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "person"], name="a_notice_is_mailed_once")]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                name="notice_mail_waiting",
                condition=Q(sent_at__isnull=True, next_try_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
