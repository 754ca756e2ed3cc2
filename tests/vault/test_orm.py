"""Sealed fields under the rest of what Django does to rows: each operation works or raises, none leaks or destroys."""

import json
import pickle
from datetime import timedelta

import pytest
from django.apps import apps
from django.core import serializers
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import connection, connections, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Cast, Coalesce, Concat
from rest_framework.serializers import ModelSerializer

from callbacks.models import Callback
from tests.policies.callers import shows_a_number
from tests.vault.conftest import new_key
from vault.envelope import SealBrokenError, open_text
from vault.fields import sealed_fields
from vault.sealed import Sealed

pytestmark = pytest.mark.django_db


@pytest.fixture
def name_of(by_hand):
    """What the stored name opens to, read anew and outside any scope: for tests only."""

    def read(callback):
        stored = Callback.objects.values_list("first_name", flat=True).get(pk=callback.pk)
        return open_text(stored.token, label="callback.first_name", row_id=callback.pk)

    return read


@pytest.fixture
def stored_before(dana):
    """Whether the column still holds what it held when the test began."""
    before = dana.first_name
    return lambda: Callback.objects.values_list("first_name", flat=True).get(pk=dana.pk) == before


class TestWhatWorks:
    def test_update_or_create_seals_its_defaults(self, dana, name_of):
        found, is_new = Callback.objects.update_or_create(pk=dana.pk, defaults={"first_name": "Dora"})
        assert (found.pk, is_new, name_of(dana)) == (dana.pk, False, "Dora")

    def test_an_upsert_on_the_primary_key(self, dana, name_of):
        dana.first_name = "Dora"
        Callback.objects.bulk_create([dana], update_conflicts=True, update_fields=["first_name"], unique_fields=["pk"])
        assert name_of(dana) == "Dora"

    def test_an_upsert_of_other_columns(self, dana, name_of):
        dana.language = "es"
        Callback.objects.bulk_create(
            [dana], update_conflicts=True, update_fields=["language"], unique_fields=["number"]
        )
        assert (Callback.objects.get().language, name_of(dana)) == ("es", "Dana")

    def test_a_conflict_that_is_ignored_leaves_the_old_row(self, dana, name_of):
        dana.first_name = "Dora"
        Callback.objects.bulk_create([dana], ignore_conflicts=True)
        assert name_of(dana) == "Dana"

    def test_other_columns_may_be_computed(self, dana, name_of):
        Callback.objects.filter(pk=dana.pk).update(version=F("version") + 1, due_at=F("due_at") + timedelta(hours=1))
        assert name_of(dana) == "Dana"

    @pytest.mark.parametrize("read", [
        lambda rows: rows.in_bulk().popitem()[1].first_name,
        lambda rows: next(rows.iterator()).first_name,
        lambda rows: rows.union(rows, all=True)[0].first_name,
        lambda rows: rows.latest("created_at").first_name,
        lambda rows: rows.aggregate(name=Max("first_name"))["name"],
        lambda rows: rows.values("first_name").annotate(n=Count("pk"))[0]["first_name"],
        lambda rows: rows.annotate(n=Coalesce("first_name", "phone"))[0].n,
        lambda rows: rows.annotate(n=Subquery(rows.filter(pk=OuterRef("pk")).values("first_name")))[0].n,
        lambda rows: rows.select_related("clinic").order_by("first_name")[0].first_name,
        lambda rows: rows.distinct("first_name")[0].first_name,
    ])  # fmt: skip
    def test_reading_gives_sealed_values(self, dana, read):
        assert isinstance(read(Callback.objects.filter(pk=dana.pk)), Sealed)

    @pytest.mark.parametrize("as_text", [
        lambda: Cast("first_name", models.TextField()),
        lambda: Concat("first_name", "language", output_field=models.TextField()),
    ])  # fmt: skip
    def test_what_the_database_turns_into_text_is_ciphertext(self, dana, as_text):
        (text,) = Callback.objects.annotate(text=as_text()).values_list("text", flat=True)
        assert text.startswith("1.")
        assert "Dana" not in text

    def test_a_related_rows_value_is_sealed(self, dana):
        (value,) = type(dana.caller).objects.values_list("callbacks__first_name", flat=True)
        assert isinstance(value, Sealed)

    def test_a_serializer_that_names_them_shows_the_word(self, dana):
        class Careless(ModelSerializer):
            class Meta:
                model = Callback
                fields = ["first_name", "phone"]

        assert Careless(dana).data == {"first_name": "[sealed]", "phone": "[sealed]"}


class TestWhatIsRefused:
    def test_an_expression_as_a_value(self, dana, name_of):
        with pytest.raises(TypeError, match=r"callback\.first_name"):
            dana.first_name = F("phone")
        assert name_of(dana) == "Dana"

    @pytest.mark.parametrize("conflict", [["number"], ["caller"], None])
    def test_an_upsert_that_would_put_a_new_rows_seal_into_an_old_row(self, dana, name_of, conflict):
        with pytest.raises(FieldError, match="first_name"):
            Callback.objects.bulk_create(
                [dana], update_conflicts=True, update_fields=["first_name", "language"], unique_fields=conflict
            )
        assert name_of(dana) == "Dana"

    def test_looking_for_a_value(self, dana):
        for look in (
            lambda: Callback.objects.get_or_create(first_name="Dana"),
            lambda: Callback.objects.filter(Q(first_name="Dana") | Q(pk=dana.pk)).exists(),
            lambda: Callback.objects.filter(phone=F("called_from")).exists(),
            lambda: Callback.objects.filter(first_name=Subquery(Callback.objects.values("first_name")[:1])).exists(),
            lambda: Callback.objects.exclude(first_name="").exists(),
        ):
            with pytest.raises(FieldError, match="blind index"):
                look()

    @pytest.mark.parametrize("pack", [pickle.dumps, json.dumps], ids=["pickle", "json"])
    def test_packing_what_values_gave(self, dana, pack):
        with pytest.raises(TypeError):
            pack(list(Callback.objects.values("first_name")))

    def test_pickling_a_query_that_was_run(self, dana):
        rows = Callback.objects.all()
        assert len(rows) == 1
        with pytest.raises(TypeError, match="pickled"):
            pickle.dumps(rows)


class TestTwoRowsOfTheTable:
    """What somebody with the database's password can do to ciphertext; the value then opens nowhere."""

    @pytest.fixture
    def cannot_open(self, by_hand):
        def check(callback, field):
            value = getattr(Callback.objects.get(pk=callback.pk), field)
            with pytest.raises(SealBrokenError):
                open_text(value.token, label=f"callback.{field}", row_id=callback.pk)

        return check

    def write(self, token, callback):
        with connections["default"].cursor() as cursor:
            cursor.execute("UPDATE callbacks_callback SET first_name = %s WHERE id = %s", [token, callback.pk])

    def test_rows_swapped(self, dana, eli, cannot_open):
        self.write(eli.first_name.token, dana)
        self.write(dana.first_name.token, eli)
        cannot_open(dana, "first_name")
        cannot_open(eli, "first_name")

    def test_columns_swapped(self, dana, cannot_open):
        self.write(dana.phone.token, dana)
        cannot_open(dana, "first_name")

    @pytest.mark.parametrize(
        "foreign", ["Dana", "", "gAAAAABnZXJuZXQtdG9rZW4tb2YtdGhlLWJhc2UtbGlicmFyeQ==", "1.00.xx"]
    )
    def test_plain_or_foreign_text(self, dana, cannot_open, foreign):
        self.write(foreign, dana)
        cannot_open(dana, "first_name")

    def test_a_ring_without_the_key(self, dana, settings, cannot_open):
        settings.RINGBACK_FIELD_KEYS = [new_key()]
        cannot_open(dana, "first_name")

    def test_a_broken_value_survives_saving_the_rest_of_its_row(self, dana, eli):
        """Nobody's data is destroyed because somebody else damaged it: evidence stays as it is."""
        self.write(eli.first_name.token, dana)
        damaged = Callback.objects.get(pk=dana.pk)
        damaged.language = "es"
        damaged.save()
        assert Callback.objects.get(pk=dana.pk).first_name.token == eli.first_name.token


class TestFixtures:
    """Serialised rows carry ciphertext, and are taken back on a machine with the same keys."""

    @pytest.fixture
    def dumped(self, dana):
        return serializers.serialize("json", [dana])

    def load(self, dumped):
        for row in serializers.deserialize("json", dumped):
            row.save()

    def test_a_dump_shows_no_value_and_loads_again(self, dana, dumped, name_of):
        assert "Dana" not in dumped
        assert not shows_a_number(dumped)
        Callback.objects.filter(pk=dana.pk).delete()
        self.load(dumped)
        assert name_of(dana) == "Dana"

    def test_loading_over_the_row_brings_the_value_back(self, dana, dumped, name_of):
        Callback.objects.filter(pk=dana.pk).update(first_name=None)
        self.load(dumped)
        assert name_of(dana) == "Dana"

    def test_a_loaded_row_holds_sealed_values(self, dana, dumped):
        (loaded,) = serializers.deserialize("json", dumped)
        loaded.save()
        assert loaded.object.first_name == dana.first_name
        loaded.object.save()

    @pytest.mark.parametrize("change", ["another row", "another field", "plain text"])
    def test_what_is_not_this_rows_own_is_not_loaded(self, dana, eli, dumped, name_of, change):
        forged = {"another row": eli.first_name.token, "another field": dana.phone.token, "plain text": "Dora"}
        assert dumped.count(dana.first_name.token) == 1
        with pytest.raises((SealBrokenError, serializers.base.DeserializationError)), transaction.atomic():
            self.load(dumped.replace(dana.first_name.token, forged[change]))
        assert name_of(dana) == "Dana"

    def test_another_machines_dump_is_not_loaded(self, dana, dumped, settings, stored_before):
        settings.RINGBACK_FIELD_KEYS = [new_key()]
        with pytest.raises(SealBrokenError), transaction.atomic():
            self.load(dumped)
        assert stored_before()

    @pytest.mark.django_db(transaction=True)
    def test_the_commands_do_the_same_as_owner(self, dana, tmp_path, name_of):
        path = str(tmp_path / "callbacks.json")
        call_command("dumpdata", "callbacks.callback", database="owner", output=path, verbosity=0)
        Callback.objects.all().delete()
        call_command("loaddata", path, database="owner", verbosity=0)
        assert name_of(dana) == "Dana"


class TestMigrations:
    """Data migrations see historical models: no methods of ours, only the field."""

    @pytest.fixture
    def historical(self):
        executor = MigrationExecutor(connection)
        return executor.loader.project_state(executor.loader.graph.leaf_nodes()).apps.get_model(
            "callbacks", "Callback"
        )

    def test_a_historical_row_gives_sealed_values_and_saves_unharmed(self, dana, historical, name_of):
        row = historical.objects.get(pk=dana.pk)
        assert isinstance(row.first_name, Sealed)
        row.language = "es"
        row.save()
        assert name_of(dana) == "Dana"

    def test_a_historical_row_seals_for_itself_and_takes_no_other_rows_value(self, dana, eli, historical, name_of):
        row = historical.objects.get(pk=dana.pk)
        row.first_name = "Dora"
        row.save()
        assert name_of(dana) == "Dora"
        row.first_name = historical.objects.get(pk=eli.pk).first_name
        with pytest.raises(FieldError):
            row.save()

    def test_the_field_is_the_same_in_both(self, historical):
        for field in sealed_fields(apps.get_model("callbacks", "Callback")):
            assert historical._meta.get_field(field.attname).deconstruct() == field.deconstruct()
