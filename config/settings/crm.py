"""Settings of the clinic's CRM: the default target of the first clinic, and whom this desk may speak to at all."""

from config import env

# Decision 14: the environment's address and key are the first clinic's default target's alone.
HEALTHCARE_CRM_ENDPOINT = env.text("HEALTHCARE_CRM_ENDPOINT")
CRM_API_KEY = env.text("CRM_API_KEY")

# Nobody unless named: else an administrator, who sees no caller's data, could have it sent to a server of their own.
# The endpoint names its host by itself, wherever that stands.
_PRIVATE = "private:"
_named = [word.strip().lower() for word in (env.text("RINGBACK_OUTBOUND_HOSTS") or "").split(",") if word.strip()]
_default = env.split_url(HEALTHCARE_CRM_ENDPOINT or "", name="HEALTHCARE_CRM_ENDPOINT").hostname
_named += [f"{_PRIVATE}{_default}"] if _default else []
OUTBOUND_PRIVATE_HOSTS = frozenset(word.removeprefix(_PRIVATE) for word in _named if word.startswith(_PRIVATE))
OUTBOUND_HOSTS = frozenset(word.removeprefix(_PRIVATE) for word in _named)
