"""Production's values with throwaway keys and no servers, so that `make check` can run `check --deploy`. Serves nobody."""

import base64
import os


def _key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


_NOWHERE = "host=/nonexistent"
os.environ.update(
    {
        "RINGBACK_DATA": "/nonexistent",
        "SECRET_KEY": os.urandom(40).hex(),
        "FIELD_ENCRYPTION_KEY": _key(),
        "FIELD_INDEX_KEY": _key(),
        "VAPI_SERVER_SECRET": os.urandom(32).hex(),
        "PUBLIC_URL": "https://desk.example.com",
        "DATABASE_URL": f"postgresql://app@/ringback?{_NOWHERE}",
        "DATABASE_OWNER_URL": f"postgresql://owner@/ringback?{_NOWHERE}",
        "AUDIT_READER_URL": f"postgresql://audit_reader@/ringback?{_NOWHERE}",
        "AUDIT_SEALER_URL": f"postgresql://sealer@/ringback?{_NOWHERE}",
        "RINGBACK_BEHIND_PROXY": "1",
        "REDIS_URL": "rediss://nowhere.example.com/0",
    }
)

from config.settings.prod import *
