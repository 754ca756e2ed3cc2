"""The desk's settings with django-auditlog as its documentation installs it."""

from config.settings.dev import *  # noqa: F403
from config.settings.dev import INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "auditlog"]
MIDDLEWARE = [*MIDDLEWARE, "auditlog.middleware.AuditlogMiddleware"]
