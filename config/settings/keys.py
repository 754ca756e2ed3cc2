"""Settings of keys and shared secrets; each may come from a file (NAME_FILE)."""

import base64
import os

from config import env

# Read by lib.keyring. Comma-separated, newest first; each is 32 bytes in base64.
RINGBACK_FIELD_KEYS = env.secrets("FIELD_ENCRYPTION_KEY")
# Blind indexes rotate apart from the fields (decision 4).
RINGBACK_INDEX_KEYS = env.secrets("FIELD_INDEX_KEY")
if not RINGBACK_FIELD_KEYS or not RINGBACK_INDEX_KEYS:
    raise env.SettingError(
        "FIELD_ENCRYPTION_KEY and FIELD_INDEX_KEY must be set; without them no patient data can be sealed or read."
    )

# django-encrypted-model-fields builds a Fernet cipher from this name at import; ours never uses it, so it gets
# a key that nobody keeps (decision 6).
FIELD_ENCRYPTION_KEY = base64.urlsafe_b64encode(os.urandom(32)).decode()

# Shared secrets of the default Line, newest first; two during a rotation. None: the endpoint answers 503.
VAPI_SERVER_SECRETS = env.secrets("VAPI_SERVER_SECRET", alias="VAPI_WEBHOOK_SECRET")

# Signs the trail's seals, newest first; only the sealer's process is given it (decision 27).
AUDIT_SIGNING_KEYS = env.secrets("AUDIT_SIGNING_KEY")
