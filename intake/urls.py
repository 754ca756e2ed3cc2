"""Intake's URLs, without trailing slashes: a redirected POST would become a GET."""

from django.urls import path

from intake.tokens import AccessTokens
from intake.views import VapiWebhook

app_name = "intake"
urlpatterns = [
    # The article's curl posts to /webhook.
    path("", VapiWebhook.as_view(), name="webhook"),
    path("/token", AccessTokens.as_view(), name="token"),
    path("/vapi", VapiWebhook.as_view(), name="vapi"),
    path("/vapi/<uuid:line_id>", VapiWebhook.as_view(), name="vapi-line"),
]
