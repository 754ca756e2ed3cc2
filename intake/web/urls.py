"""Intake's URLs for people: the officer's quarantine, beside the trail."""

from django.urls import path

from intake.web import quarantine

app_name = "quarantine"
urlpatterns = [
    path("", quarantine.quarantine, name="list"),
    path("/<uuid:quarantine_id>/close", quarantine.close, name="close"),
]
