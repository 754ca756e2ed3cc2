"""Callbacks' ladder step: where a clinic does something else after an outcome than the common ladder says."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import Clinic
from callbacks.models.callback import choices
from callbacks.requests import Urgency
from callbacks.scheduling.ladder import LadderAction, LadderRow, Outcome, WindowRule
from callbacks.scheduling.ladder_changes import CHOICES, LadderError, changed_ladder, closed_reason_of
from lib.ids import new_id

MOST_STEPS = 10
# Callable time: about a week of open days.
LONGEST_DELAY = 5 * 24 * 60


class LadderStep(models.Model):
    """One row replaces, for one clinic, one step of the ladder after one outcome, or adds a step (callbacks.md §2.4).

    `delay_minutes` is callable time. One that is not in force is kept as it was, and the common step holds again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="ladder_steps")
    outcome = models.CharField(max_length=32, choices=[choice for choice in choices(Outcome) if choice[0] in CHOICES])
    urgency = models.CharField(max_length=8, choices=choices(Urgency), default=Urgency.ROUTINE.value)
    step = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MOST_STEPS)])
    action = models.CharField(
        max_length=12, choices=[(name, name) for name in ("retry", "review", "escalate", "close")]
    )
    delay_minutes = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(LONGEST_DELAY)])
    window_rule = models.CharField(max_length=20, choices=choices(WindowRule), default=WindowRule.ANY.value)
    counts_as_attempt = models.BooleanField(default=True)
    is_in_force = models.BooleanField(default=True)

    class Meta:
        verbose_name = "retry step"
        constraints = [
            models.UniqueConstraint(fields=["clinic", "outcome", "urgency", "step"], name="each_step_once_a_clinic"),
            models.CheckConstraint(condition=Q(step__gte=1, step__lte=MOST_STEPS), name="a_step_is_a_step"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.step}"

    @property
    def row(self) -> LadderRow:
        """The step as the pure ladder reckons with it."""
        action = LadderAction(self.action)
        return LadderRow(
            Outcome(self.outcome),
            self.step,
            action,
            timedelta(minutes=self.delay_minutes),
            WindowRule(self.window_rule),
            self.counts_as_attempt,
            closed_reason_of(Outcome(self.outcome)) if action == LadderAction.CLOSE else None,
            Urgency(self.urgency),
        )

    def clean(self) -> None:
        """The clinic's ladder with this step in it must be one that ends, and do nothing that none may."""
        if not (self.outcome and self.action and self.step):
            return
        others = LadderStep.objects.filter(clinic_id=self.clinic_id, is_in_force=True).exclude(pk=self.pk)
        try:
            changed_ladder([*(other.row for other in others), *([self.row] if self.is_in_force else [])])
        except LadderError as error:
            raise ValidationError(error.sentence) from error
