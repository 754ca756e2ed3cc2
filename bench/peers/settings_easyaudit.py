"""The desk's settings with django-easy-audit as its documentation installs it."""

from config.settings.dev import *  # noqa: F403
from config.settings.dev import INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "easyaudit"]
MIDDLEWARE = [*MIDDLEWARE, "easyaudit.middleware.easyaudit.EasyAuditMiddleware"]
