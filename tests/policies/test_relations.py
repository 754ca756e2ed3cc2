"""Law: tables point down the stairs or stay in their room, nothing points out of or into the trail, nothing cascades."""

# ruff: noqa: DJ008 - tables that are made to break a law are never shown

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.test.utils import isolate_apps

from accounts.models import Clinic
from audit.models import Finding
from callbacks.models import Callback
from intake.models import Delivery
from tests.policies.test_storage import STAIRCASE

# Rooms nobody has a key to or from: a key would let deletes and renames rewrite history.
WITHOUT_KEYS = {"vault", "audit", "lib"}
# What goes away with the row it belongs to, and why that is no loss.
GOES_AWAY = {
    "callbacks.ClinicPeriod.clinic": "opening hours of a clinic; nothing is recorded of them",
    "callbacks.Closure.clinic": "opening hours of a clinic; nothing is recorded of them",
    "callbacks.SpecialDay.clinic": "opening hours of a clinic; nothing is recorded of them",
    "admin.LogEntry.user": "Django's table stays empty (accounts.admin_pages); people are never deleted",
}
# Keys between a room and tables that are not ours.
LEAVES_THE_HOUSE = {
    "admin.LogEntry.user": "Django's table stays empty (accounts.admin_pages)",
}

Model = type[models.Model]


def keys_of(model: Model) -> Iterator[tuple[str, Any]]:
    """A model's own relations, to one row or to many, as (label, field)."""
    for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
        if field.is_relation:
            yield f"{model._meta.label}.{field.name}", field


def climbing(every: Iterable[Model]) -> list[str]:
    """Keys to a table of a higher room."""
    return [
        label
        for model in every
        for label, field in keys_of(model)
        if {model._meta.app_label, field.related_model._meta.app_label} <= {*STAIRCASE}
        and STAIRCASE.index(model._meta.app_label) > STAIRCASE.index(field.related_model._meta.app_label)
    ]


def touching_the_trail(every: Iterable[Model]) -> list[str]:
    """Keys out of or into the rooms that have none."""
    return [
        label
        for model in every
        for label, field in keys_of(model)
        if WITHOUT_KEYS & {model._meta.app_label, field.related_model._meta.app_label}
    ]


def leaving_the_house(every: Iterable[Model]) -> list[str]:
    """Keys between a table of ours and one of a library, either way."""
    return [
        label
        for model in every
        for label, field in keys_of(model)
        if (model._meta.app_label in STAIRCASE) != (field.related_model._meta.app_label in STAIRCASE)
        and label not in LEAVES_THE_HOUSE
    ]


def going_away(every: Iterable[Model]) -> list[str]:
    """Keys that let a row, or what it points to, disappear: anything but PROTECT, a list of many, a key in name only."""
    return [
        label
        for model in every
        for label, field in keys_of(model)
        if {*STAIRCASE} & {model._meta.app_label, field.related_model._meta.app_label}
        and label not in GOES_AWAY
        and (field.many_to_many or field.remote_field.on_delete is not models.PROTECT or not field.db_constraint)
    ]


def pointing_anywhere(every: Iterable[Model]) -> list[str]:
    """Generic keys: a type and an id that no database checks."""
    return [
        f"{model._meta.label}.{field.name}"
        for model in every
        if model._meta.app_label in STAIRCASE
        for field in model._meta.private_fields
    ]


LAWS = (climbing, touching_the_trail, leaving_the_house, going_away, pointing_anywhere)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_no_table_breaks_it(law):
    assert law(apps.get_models(include_auto_created=True)) == []


def test_every_exception_is_a_key_that_exists():
    labels = {label for model in apps.get_models() for label, _ in keys_of(model)}
    assert {*GOES_AWAY, *LEAVES_THE_HOUSE} <= labels


class TestEachCanBreak:
    """Tables that nobody should make, each seen by the law it breaks."""

    @isolate_apps("callbacks", "audit")
    def test_up_the_stairs(self):
        class Bad(models.Model):
            delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="+")

            class Meta:
                app_label = "callbacks"

        assert climbing([Bad]) == ["callbacks.Bad.delivery"]
        assert climbing([Delivery]) == []

    @isolate_apps("accounts")
    def test_up_the_stairs_to_many_and_to_one(self):
        class Bad(models.Model):
            seen = models.ManyToManyField(Callback, related_name="+")
            last = models.OneToOneField(Callback, on_delete=models.PROTECT, related_name="+")

            class Meta:
                app_label = "accounts"

        assert sorted(climbing([Bad])) == ["accounts.Bad.last", "accounts.Bad.seen"]
        assert going_away([Bad]) == ["accounts.Bad.seen"]

    @isolate_apps("audit", "callbacks")
    def test_out_of_the_trail_and_into_it(self):
        class Out(models.Model):
            clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")

            class Meta:
                app_label = "audit"

        class Into(models.Model):
            finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="+")

            class Meta:
                app_label = "callbacks"

        assert touching_the_trail([Out, Into]) == ["audit.Out.clinic", "callbacks.Into.finding"]
        assert climbing([Into]) == []

    @isolate_apps("callbacks")
    @pytest.mark.parametrize("on_delete", [models.CASCADE, models.SET_NULL, models.DO_NOTHING, models.RESTRICT])
    def test_going_away_with_its_owner(self, on_delete):
        class Bad(models.Model):
            clinic = models.ForeignKey(Clinic, null=True, on_delete=on_delete, related_name="+")

            class Meta:
                app_label = "callbacks"

        assert going_away([Bad]) == ["callbacks.Bad.clinic"]

    @isolate_apps("callbacks")
    def test_a_key_in_name_only(self):
        class Bad(models.Model):
            clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, db_constraint=False, related_name="+")

            class Meta:
                app_label = "callbacks"

        assert going_away([Bad]) == ["callbacks.Bad.clinic"]

    @isolate_apps("callbacks")
    def test_a_key_to_anything(self):
        class Bad(models.Model):
            content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
            object_id = models.UUIDField()
            about = GenericForeignKey()

            class Meta:
                app_label = "callbacks"

        assert pointing_anywhere([Bad]) == ["callbacks.Bad.about"]
        assert leaving_the_house([Bad]) == ["callbacks.Bad.content_type"]
