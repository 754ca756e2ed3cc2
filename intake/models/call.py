"""Intake's calls: what the voice side told of a call while it lasted; nothing that anybody said."""

from django.db import models

from intake.models.line import Line
from lib.ids import new_id


class CallStatus(models.Model):
    """One row is one step in the life of one call: ringing, in progress, ended. The first delivery of a step counts.

    `status` is of a closed list ("other" for a word VAPI has yet to invent). `at` (UTC) is the sender's time where it
    gives one within a day of ours, else when we heard of it; steps may arrive in any order.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="call_statuses")
    call_id = models.CharField(max_length=128)
    status = models.CharField(max_length=20)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    ended_reason_group = models.CharField(max_length=20, blank=True)

    class Meta:
        # Also the index a call's timeline is read by.
        constraints = [models.UniqueConstraint(fields=["line", "call_id", "status"], name="one_step_a_call")]

    def __str__(self) -> str:
        return f"{self.call_id} {self.status}"


class FetchTrouble(models.TextChoices):
    """Why a call could not be fetched, the last time it was tried."""

    NO_CONNECTION = "no_connection", "VAPI could not be reached"
    NOT_TRUSTED = "not_trusted", "VAPI's address or certificate is not one to trust"
    TOO_SLOW = "too_slow", "VAPI took too long"
    TOO_LARGE = "too_large", "The answer was too long"
    UNREADABLE = "unreadable", "The answer was no call"
    OTHER_CALL = "other_call", "The answer was another call"
    NOT_ENDED = "not_ended", "VAPI says that the call goes on"
    BUSY = "busy", "VAPI asked to wait"
    FAILING = "failing", "VAPI had a failure of its own"
    UNEXPECTED = "unexpected", "VAPI answered something else"
    KEY_REFUSED = "key_refused", "VAPI refused the key"
    UNKNOWN_CALL = "unknown_call", "VAPI does not know the call"


class AwaitedReport(models.Model):
    """One row is one call that ended at VAPI while its report had not come. Gone when the report is there.

    From `missing_from` (UTC) on the report counts as missing, and reconciliation fetches it: `fetch_from` (UTC; None
    before the first try) is when it may be tried again, and `last_trouble` what came of the last try. After
    `gave_up_at` nobody tries by themselves any more.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="awaited_reports")
    call_id = models.CharField(max_length=128)
    ended_at = models.DateTimeField()
    missing_from = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    fetch_from = models.DateTimeField(null=True)
    last_trouble = models.CharField(max_length=16, choices=FetchTrouble, blank=True, db_default="")
    gave_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "call_id"], name="one_awaited_report_a_call")]
        indexes = [models.Index(fields=["missing_from"], name="awaited_report_missing")]

    def __str__(self) -> str:
        return self.call_id


class MessageCount(models.Model):
    """One row counts the messages of one type that one line received on one day (UTC); their content is never stored."""

    id = models.BigAutoField(primary_key=True)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="message_counts")
    day = models.DateField()
    message_type = models.CharField(max_length=40)
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "day", "message_type"], name="one_count_a_type_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.message_type} {self.count}"
