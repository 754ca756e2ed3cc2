"""Production settings. They refuse to start until sign-in has a second factor: no human works here on a password alone."""

from config import env

SECOND_FACTOR_SIGN_IN = False
if not SECOND_FACTOR_SIGN_IN:
    raise env.SettingError(
        "production needs sign-in with a second factor, which this version does not have yet; use it for evaluation."
    )

from config.settings.tls import *
