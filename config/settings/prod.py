"""Production settings: TLS, real hosts, and a second factor of everybody; no human works here on a password alone."""

from config import env

if not env.flag("MFA_REQUIRED", default=True):
    raise env.SettingError("MFA_REQUIRED must not be 0 in production: a password alone opens no caller's data.")

from config.settings.tls import *

MFA_REQUIRED = True
