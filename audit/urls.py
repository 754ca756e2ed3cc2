"""Audit's URLs."""

from django.urls import path

from audit.web import trail

app_name = "audit"
urlpatterns = [path("", trail.trail, name="trail")]
