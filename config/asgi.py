"""Config's ASGI application, served by granian: the front, with Django's WSGI handler behind it."""

from django.conf import settings

from config.front import Front
from config.wsgi import application as handler

application = Front(handler, body_seconds=settings.BODY_SECONDS)
