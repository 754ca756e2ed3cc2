"""Settings of what the desk asks of others: VAPI's API, for calls whose report never came. No key: nothing is asked."""

from config import env
from lib.origins import require_origin

VAPI_API_KEY = env.text("VAPI_API_KEY") or ""
VAPI_BASE_URL = env.text("VAPI_BASE_URL") or "https://api.vapi.ai"

if not (VAPI_API_KEY.isascii() and VAPI_API_KEY.isprintable()) or " " in VAPI_API_KEY:
    raise env.SettingError("VAPI_API_KEY holds letters, digits and punctuation only, without spaces.")
try:
    VAPI_BASE_URL = require_origin(VAPI_BASE_URL)
except ValueError:
    raise env.SettingError(
        "VAPI_BASE_URL must start with https:// and name a host, with nothing after it; http:// reaches this machine only."
    ) from None
