"""Intake's rejections: refused messages, counted per source and minute until the trail has them."""

from django.db import models


class Rejection(models.Model):
    """One row counts the messages one source had refused for one reason in one minute (decision 11).

    Holds no body and no header. A sweep turns a past minute's row into one event and deletes it.
    """

    id = models.BigAutoField(primary_key=True)
    minute = models.DateTimeField()
    source = models.GenericIPAddressField(null=True)
    reason = models.CharField(max_length=24)
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["minute", "source", "reason"],
                nulls_distinct=False,
                name="one_count_a_source_reason_and_minute",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.count}"
