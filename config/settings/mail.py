"""Settings of e-mail: notices to supervisors, by the house's own server. None named: none is sent, and none waits."""

from config import env

EMAIL_HOST = env.text("EMAIL_HOST") or ""
EMAIL_PORT = env.number("EMAIL_PORT", 587, least=1, most=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM") or "Ringback <ringback@localhost>"
NOTICES_BY_MAIL = bool(EMAIL_HOST)
