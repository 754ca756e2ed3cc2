"""A sealed field that could not be kept stops the start."""

import pytest
from django.core import checks as django_checks
from django.db import models
from django.test.utils import isolate_apps

from lib.ids import new_id
from tests.vault.conftest import new_key
from vault import checks
from vault.fields import SealedCharField, SealedTextField
from vault.rows import SealedQuerySet

ANSWERS = {"audit_subject": None, "audit_object": None, "audit_clinic_id": None}


@pytest.fixture
def registry(monkeypatch):
    """An empty house: models made in the test live here and are gone afterwards."""
    with isolate_apps("callbacks") as isolated:
        monkeypatch.setattr(checks, "apps", isolated)
        yield isolated


def make_model(name, **attributes):
    """A model with a good key and all answers, changed by `attributes`."""
    meta = type("Meta", (), {"app_label": "callbacks"})
    body = {
        "id": models.UUIDField(primary_key=True, default=new_id),
        "objects": SealedQuerySet.as_manager(),
        **ANSWERS,
        **attributes,
    }
    return type(name, (models.Model,), {"__module__": __name__, "Meta": meta, **body})


def found():
    return [problem.id for problem in checks.check_sealed_fields(None)]


def test_the_real_models_and_keys_pass():
    assert checks.check_sealed_fields(None) == []
    assert checks.check_key_ring(None) == []


def test_both_checks_run_at_start():
    registered = {getattr(check, "__name__", "") for check in django_checks.registry.registry.get_checks()}
    assert {"check_sealed_fields", "check_key_ring"} <= registered


def test_a_good_model_has_no_problem(registry):
    make_model("Good", word=SealedCharField(aad_label="good.word", max_length=9, null=True))
    assert found() == []


def test_a_label_is_missing(registry):
    make_model("Nameless", word=SealedCharField(max_length=9))
    assert found() == ["vault.E001"]


def test_two_fields_that_share_a_label_could_be_swapped(registry):
    make_model("One", word=SealedCharField(aad_label="shared", max_length=9))
    make_model("Two", word=SealedTextField(aad_label="shared"))
    assert found() == ["vault.E001"]


@pytest.mark.parametrize("option", ["unique", "db_index"])
def test_a_sealed_field_cannot_be_indexed(registry, option):
    make_model("Indexed", word=SealedCharField(aad_label="indexed.word", max_length=9, **{option: True}))
    assert found() == ["vault.E002"]


@pytest.mark.parametrize("key", [models.BigAutoField, models.UUIDField], ids=["the database's", "nobody's"])
def test_the_row_needs_an_id_before_it_is_saved(registry, key):
    make_model("Late", id=key(primary_key=True), word=SealedCharField(aad_label="late.word", max_length=9))
    assert found() == ["vault.E003"]


def test_the_model_must_say_whose_data_it_is(registry, monkeypatch):
    monkeypatch.setattr(f"{__name__}.ANSWERS", {})
    make_model("Silent", word=SealedCharField(aad_label="silent.word", max_length=9))
    assert found() == ["vault.E004"] * 3


def test_a_model_whose_rows_could_be_destroyed_by_an_upsert(registry):
    make_model("Plain", objects=models.Manager(), word=SealedCharField(aad_label="plain.word", max_length=9))
    assert found() == ["vault.E007"]


@pytest.mark.parametrize(
    "keys",
    [[], ["not base64 at all !!"], ["c2hvcnQ="], ["dGVzdHMtb25seS1maWVsZC1rZXktMDEyMzQ1Njc4OWE="] * 2],
    ids=["none", "not base64", "short", "one twice"],
)
@pytest.mark.parametrize("ring", ["RINGBACK_FIELD_KEYS", "RINGBACK_INDEX_KEYS"])
def test_a_ring_that_cannot_serve_is_an_error(settings, ring, keys):
    setattr(settings, ring, keys)
    (problem,) = checks.check_key_ring(None)
    assert problem.id == "vault.E005"
    assert not any(key in problem.msg for key in keys if key)


def test_one_key_for_two_duties_is_an_error(settings):
    key = new_key()
    settings.RINGBACK_FIELD_KEYS = settings.RINGBACK_INDEX_KEYS = [key]
    assert [problem.id for problem in checks.check_key_ring(None)] == ["vault.E006"]
