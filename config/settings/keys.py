"""Settings of keys and shared secrets; each may come from a file (NAME_FILE)."""

import base64
import os

from django.core.exceptions import ImproperlyConfigured

from config import env
from lib.keyring import parse_key


def _keys(name: str) -> list[str]:
    """A ring of 32-byte keys in base64, newest first. Refused here, at the start, rather than at the first caller."""
    texts = env.secrets(name)
    if not texts:
        raise env.SettingError(
            f"{name} is not set; without FIELD_ENCRYPTION_KEY and FIELD_INDEX_KEY no patient data can be sealed or read."
        )
    try:
        key_ids = [parse_key(text).key_id for text in texts]
    except ImproperlyConfigured:
        raise env.SettingError(f"{name} holds a text that is no key; each must be 32 bytes in base64.") from None
    if len(set(key_ids)) != len(key_ids):
        raise env.SettingError(f"{name} names one key twice; keep each key once, the newest first.")
    return texts


# Read by lib.keyring.
RINGBACK_FIELD_KEYS = _keys("FIELD_ENCRYPTION_KEY")
# Blind indexes rotate apart from the fields (decision 4).
RINGBACK_INDEX_KEYS = _keys("FIELD_INDEX_KEY")

# django-encrypted-model-fields builds a Fernet cipher from this name at import; ours never uses it, so it gets
# a key that nobody keeps (decision 6).
FIELD_ENCRYPTION_KEY = base64.urlsafe_b64encode(os.urandom(32)).decode()

# Shared secrets of the default Line, newest first; two during a rotation. None: the endpoint answers 503.
VAPI_SERVER_SECRETS = env.secrets("VAPI_SERVER_SECRET", alias="VAPI_WEBHOOK_SECRET")

# Signs the trail's seals, newest first; only the sealer's process is given it (decision 27).
AUDIT_SIGNING_KEYS = env.secrets("AUDIT_SIGNING_KEY")
