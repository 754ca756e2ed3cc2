"""A sealed field takes text for its own row, gives a sealed value back, and is never destroyed by the ORM."""

import json
from contextlib import contextmanager

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import connections, transaction
from django.db.models import F, Value
from django.db.models.functions import Upper
from django.forms import modelform_factory

from callbacks.models import Callback
from lib.ids import new_id
from vault.envelope import SealBrokenError, key_id_of, open_text
from vault.fields import SealedCharField
from vault.sealed import Sealed


@contextmanager
def refused(match):
    """The block is refused by the field, inside a savepoint of its own so that the test can look afterwards."""
    with pytest.raises(FieldError, match=match), transaction.atomic():
        yield


@pytest.fixture
def stored():
    """What the column really holds, read past the ORM."""

    def read(callback, column="first_name"):
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT to_json(c) ->> %s FROM callbacks_callback c WHERE id = %s", [column, callback.pk])
            return cursor.fetchone()[0]

    return read


@pytest.fixture
def opens(by_hand, stored):
    """What the column's envelope opens to in this row, outside any scope: for tests only."""

    def read(callback, column="first_name"):
        return open_text(stored(callback, column), label=f"callback.{column}", row_id=callback.pk)

    return read


def test_assigned_text_is_sealed_at_once_and_kept_after_saving(dana, opens):
    dana.first_name = "Dora"
    assert isinstance(dana.first_name, Sealed)
    dana.save(update_fields=["first_name"])
    assert opens(dana) == "Dora"


def test_a_row_that_is_saved_unchanged_keeps_its_very_envelope(dana, stored, turn_in_key):
    before = stored(dana)
    turn_in_key()
    dana.save()
    assert stored(dana) == before


def test_a_rotated_key_reads_old_rows_and_seals_new_values(dana, opens, stored, turn_in_key):
    turn_in_key()
    assert opens(dana) == "Dana"
    before = key_id_of(stored(dana))
    dana.first_name = "Dora"
    dana.save()
    assert opens(dana) == "Dora"
    assert key_id_of(stored(dana)) != before


@pytest.mark.parametrize("value", [5, 1.5, True, b"Dana", ["Dana"], {"a": 1}, F("phone"), Value("Dana")])
def test_only_text_and_none_are_taken(dana, value):
    with pytest.raises(TypeError, match=r"callback\.first_name"):
        dana.first_name = value


def test_text_that_is_too_long_is_refused_and_not_quoted(dana):
    dana.first_name = "é" * 60
    with pytest.raises(ValueError, match="longer than 60") as caught:
        dana.first_name = "Zq" * 31
    assert "Zq" not in str(caught.value)


def test_none_empties_the_field(dana, stored):
    dana.first_name = None
    dana.save()
    assert stored(dana) is None
    assert Callback.objects.get(pk=dana.pk).first_name is None


class TestAnotherRowsValue:
    """However it is tried, one row's envelope never lands in another row."""

    def test_of_another_row_is_not_saved(self, dana, eli, opens):
        dana.first_name = eli.first_name
        with refused("sealed for another row"):
            dana.save()
        assert opens(dana) == "Dana"

    def test_of_another_field_is_not_taken(self, dana):
        with pytest.raises(TypeError, match="another field"):
            dana.first_name = dana.phone

    def test_without_its_row_is_not_taken_by_a_loaded_row(self, dana, eli):
        adrift = Callback.objects.values_list("first_name", flat=True).get(pk=eli.pk)
        with pytest.raises(TypeError, match="without its row"):
            dana.first_name = adrift

    def test_without_its_row_is_not_inserted_with_a_new_row(self, dana, eli):
        adrift = Callback.objects.values_list("first_name", flat=True).get(pk=eli.pk)
        new = Callback(clinic=dana.clinic, caller=dana.caller, first_name=adrift, received_at=dana.received_at)
        new.promised_by = dana.promised_by
        with pytest.raises(SealBrokenError), transaction.atomic():
            new.save()

    def test_is_not_written_by_update(self, dana, eli, opens):
        with refused("only saving its row"):
            Callback.objects.filter(pk=dana.pk).update(first_name=eli.first_name)
        assert opens(dana) == "Dana"

    def test_is_not_inherited_by_a_clone(self, dana):
        dana.pk, dana.number, dana._state.adding = new_id(), None, True
        with refused("sealed for another row"):
            dana.save()

    def test_needs_a_row_id_to_be_sealed_for(self):
        with pytest.raises(TypeError, match="row's UUID"):
            Callback(id=None, first_name="Dana")


@pytest.mark.parametrize("value", ["plain text", F("phone"), Value("plain"), Upper("first_name"), 5])
def test_update_refuses_everything_but_none(dana, opens, value):
    """The base library stored the encryption of the expression's own text here, and destroyed the name."""
    with refused(r"callback\.first_name"):
        Callback.objects.filter(pk=dana.pk).update(first_name=value)
    assert opens(dana) == "Dana"
    Callback.objects.filter(pk=dana.pk).update(first_name=None)
    assert Callback.objects.filter(pk=dana.pk, first_name__isnull=True).exists()


def test_bulk_update_refuses_sealed_fields_and_leaves_them_alone(dana, eli, opens):
    dana.first_name = "Dora"
    with refused(r"callback\.first_name"):
        Callback.objects.bulk_update([dana, eli], ["first_name"])
    dana.priority_group = 3
    Callback.objects.bulk_update([dana, eli], ["priority_group"])
    assert (opens(dana), opens(eli)) == ("Dana", "Eli")


def test_bulk_create_seals_each_row_for_itself(dana, opens):
    Callback.objects.filter(pk=dana.pk).update(status="closed", closed_reason="test_call", closed_at=dana.received_at)
    same = {
        "clinic": dana.clinic,
        "received_at": dana.received_at,
        "promised_by": dana.promised_by,
        "due_at": dana.due_at,
    }
    callers = [type(dana.caller).objects.create(clinic=dana.clinic) for _ in range(2)]
    made = [Callback(caller=caller, first_name="Fay", **same) for caller in callers]
    Callback.objects.bulk_create(made)
    assert [opens(row) for row in made] == ["Fay", "Fay"]


@pytest.mark.parametrize(
    "lookup", ["", "__exact", "__iexact", "__in", "__icontains", "__startswith", "__gt", "__regex"]
)
def test_no_search_looks_into_a_sealed_field(dana, lookup):
    with pytest.raises(FieldError, match="blind index"):
        Callback.objects.filter(**{f"first_name{lookup}": "Dana"}).exists()


@pytest.mark.parametrize("lookup", ["first_name__upper__gt", "first_name__lower", "phone__length__gt"])
def test_no_transform_reaches_into_a_sealed_field(dana, lookup):
    with pytest.raises(FieldError, match=r"has no transform|searched by"):
        Callback.objects.filter(**{lookup: "D"}).exists()


def test_emptiness_can_be_asked_for(dana):
    assert Callback.objects.filter(first_name__isnull=False).count() == 1
    assert not Callback.objects.filter(phone__isnull=True).exists()


def test_every_way_of_reading_rows_gives_sealed_values(dana):
    rows = Callback.objects.filter(pk=dana.pk)
    read = [
        rows.values("first_name")[0]["first_name"],
        rows.values_list("first_name", flat=True)[0],
        rows.annotate(copy=F("first_name"))[0].copy,
        rows.annotate(copy=Upper("first_name")).values_list("copy", flat=True)[0],
        rows.only("id")[0].first_name,
        rows.defer("first_name")[0].first_name,
        Callback.objects.raw("SELECT id, first_name FROM callbacks_callback")[0].first_name,
    ]
    assert [type(value) for value in read] == [Sealed] * len(read)


def test_a_deferred_value_knows_its_row(dana, opens):
    lazy = Callback.objects.defer("first_name").get(pk=dana.pk)
    assert lazy.first_name.row_id == dana.pk
    lazy.refresh_from_db()
    lazy.save()
    assert opens(lazy) == "Dana"


def test_serialisation_writes_the_envelope_and_takes_no_plain_text_back(dana, stored):
    packed = serializers.serialize("json", [dana])
    assert json.loads(packed)[0]["fields"]["first_name"] == stored(dana)
    assert "Dana" not in packed
    forged = packed.replace(stored(dana), "Dora")
    with pytest.raises(serializers.base.DeserializationError):
        list(serializers.deserialize("json", forged))


def test_no_form_picks_a_sealed_field_up():
    form = modelform_factory(Callback, fields="__all__")
    assert not {"first_name", "phone", "phone_tail", "called_from", "preferred_words"} & set(form.base_fields)
    with pytest.raises(FieldError, match="non-editable"):
        modelform_factory(Callback, fields=["first_name"])


def test_a_pasted_envelope_is_text_like_any_other(dana, eli, opens):
    """No oracle: what a person pastes is sealed again, never opened."""
    token = eli.called_from.token
    dana.preferred_words = token[:200]
    dana.save()
    assert opens(dana, "preferred_words") == token[:200]


def test_validation_opens_nothing(dana):
    dana.clean_fields(exclude={field.name for field in Callback._meta.fields} - {"first_name", "phone"})
    assert isinstance(dana.first_name, Sealed)


def test_a_field_survives_migrations_with_its_label_and_length():
    field = SealedCharField(aad_label="thing.word", max_length=7, null=True)
    field.set_attributes_from_name("word")
    name, path, args, kwargs = field.deconstruct()
    assert (name, path, args) == ("word", "vault.fields.SealedCharField", [])
    assert kwargs == {"aad_label": "thing.word", "max_length": 7, "null": True}
    assert SealedCharField(**kwargs).db_type(connections["default"]) == "text"
