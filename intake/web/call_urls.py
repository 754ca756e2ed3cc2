"""Intake's URLs for people who supervise: how calls went."""

from django.urls import path

from intake.web import calls

app_name = "calls"
urlpatterns = [path("", calls.quality, name="quality")]
