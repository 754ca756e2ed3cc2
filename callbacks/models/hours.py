"""Callbacks' hours: when a clinic calls back. Times of day are in the clinic's own zone."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from accounts.models import Clinic
from lib.ids import new_id

MINUTES_A_DAY = 24 * 60


class MinuteOfDay(models.PositiveSmallIntegerField):  # type: ignore[type-arg]  # generic in the stubs only
    """Minutes since local midnight; 1440 is the next midnight, which `time` cannot say."""

    default_validators = [MaxValueValidator(MINUTES_A_DAY)]


class ClinicPeriod(models.Model):
    """One row is one open period of one weekday (Monday is 0). A lunch break is the gap between two."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="periods")
    weekday = models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)])
    opens_minute = MinuteOfDay()
    closes_minute = MinuteOfDay()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="weekday_is_a_weekday"),
            models.CheckConstraint(
                condition=~Q(opens_minute=F("closes_minute"))
                & Q(opens_minute__lt=MINUTES_A_DAY, closes_minute__lte=MINUTES_A_DAY),
                name="period_opens_and_closes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens_minute}-{self.closes_minute}"


class Closure(models.Model):
    """One row is one run of closed days, both included: a holiday, a renovation."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="closures")
    first_on = models.DateField()
    last_on = models.DateField()
    label = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="closure_ends_after_start")
        ]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        if self.first_on and self.last_on and self.last_on < self.first_on:
            raise ValidationError("The last closed day comes before the first.")


class SpecialDay(models.Model):
    """One row is one open period of one date with hours of its own; it wins over closures and weekdays."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="special_days")
    day_on = models.DateField()
    opens_minute = MinuteOfDay()
    closes_minute = MinuteOfDay()

    def __str__(self) -> str:
        return f"{self.day_on} {self.opens_minute}-{self.closes_minute}"
