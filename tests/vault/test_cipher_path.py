"""Nothing of django-encrypted-model-fields' own cipher is reachable: it could fail and nobody would notice."""

import encrypted_model_fields.fields as library
import pytest
from django.core import serializers

from audit.background import service_scope
from audit.events import CALLBACK_VIEWED
from callbacks.models import Callback
from tests.policies.callers import promise_call
from vault.checks import sealed_fields
from vault.reveal import reveal


def _refuse(*args, **kwargs):
    raise AssertionError("the library's cipher was called")


@pytest.fixture(autouse=True)
def broken_library(monkeypatch):
    """The library's whole cipher, out of order."""
    for name in ("encrypt_str", "decrypt_str", "get_crypter", "parse_key", "CRYPTER"):
        monkeypatch.setattr(library, name, _refuse)
    for name in ("to_python", "from_db_value", "get_db_prep_save"):
        monkeypatch.setattr(library.EncryptedMixin, name, _refuse)


def test_a_round_trip_never_meets_it(cast, trail):
    opened = promise_call(cast.riverside)
    callback = Callback.objects.select_related("clinic").get(pk=opened.pk)
    callback.preferred_words = "evenings"
    callback.save()
    callback.refresh_from_db()
    for field in sealed_fields(Callback):
        field.clean(getattr(callback, field.attname), callback)
    serializers.serialize("json", [callback])
    with service_scope("worker", route="test"):
        assert reveal(callback, "first_name", "preferred_words", tag=CALLBACK_VIEWED) == ("Dana", "evenings")


def test_its_key_is_not_ours(settings):
    assert settings.FIELD_ENCRYPTION_KEY not in settings.RINGBACK_FIELD_KEYS
