"""Intake's call quality: instants of speech, and what they say of each call; no words, no names, no numbers."""

from django.db import models

from intake.models.line import Line
from intake.quality.barge_in import Network, Speech
from lib.ids import new_id


class SpeechSignal(models.Model):
    """One row is one instant (UTC, the sender's) at which speech began, paused or was interrupted. Kept for 90 days."""

    id = models.BigAutoField(primary_key=True)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="speech_signals")
    call_id = models.CharField(max_length=128)
    speech = models.CharField(max_length=16, choices=[(word.value, word.value) for word in Speech])
    at = models.DateTimeField()

    class Meta:
        # Also the index a call is measured by; a message that comes twice is one signal.
        constraints = [
            models.UniqueConstraint(fields=["line", "call_id", "at", "speech"], name="one_signal_an_instant")
        ]
        indexes = [models.Index(fields=["at"], name="speech_signal_at")]

    def __str__(self) -> str:
        return f"{self.call_id} {self.speech}"


class CallQuality(models.Model):
    """One row is one call's barge-in, measured from its signals (intake.quality says how). Instants UTC.

    `changed_at` is when the last signal came, `measured_to` that of the last one the figures reckon with: while they
    differ the row waits to be measured. Milliseconds are those until an interruption was noticed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="call_qualities")
    call_id = models.CharField(max_length=128)
    changed_at = models.DateTimeField()
    measured_to = models.DateTimeField(null=True)
    began_at = models.DateTimeField(null=True)
    interruptions = models.PositiveIntegerField(default=0)
    repeats = models.PositiveIntegerField(default=0)
    coughs = models.PositiveIntegerField(default=0)
    measured = models.PositiveIntegerField(default=0)
    median_ms = models.PositiveIntegerField(null=True)
    slowest_ms = models.PositiveIntegerField(null=True)
    network = models.CharField(
        max_length=8, choices=[(word.value, word.value) for word in Network], default=Network.UNKNOWN.value
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "call_id"], name="one_quality_a_call")]
        indexes = [
            models.Index(fields=["line", "-began_at"], name="call_quality_latest"),
            models.Index(
                fields=["changed_at"],
                name="call_quality_unmeasured",
                condition=models.Q(measured_to=None) | models.Q(measured_to__lt=models.F("changed_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.network}"
