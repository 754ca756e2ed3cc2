"""Audit's URLs."""

from django.urls import path

from audit.web import findings, trail

app_name = "audit"
urlpatterns = [
    path("", trail.trail, name="trail"),
    path("findings", findings.findings, name="findings"),
    path("findings/<uuid:finding_id>/resolve", findings.resolve, name="resolve-finding"),
]
