"""Audit's URLs."""

from django.urls import path

from audit.web import disclosures, findings, overview, reports, trail

app_name = "audit"
urlpatterns = [
    path("", trail.trail, name="trail"),
    path("overview", overview.overview, name="overview"),
    path("reports/unexplained", reports.unexplained, name="unexplained"),
    path("reports/unexplained/export", reports.export_unexplained, name="export-unexplained"),
    path("reports/accesses", reports.caller_accesses, name="accesses"),
    path("reports/accesses/export", reports.export_caller_accesses, name="export-accesses"),
    path("reports/disclosures", disclosures.caller_disclosures, name="disclosures"),
    path("reports/disclosures/export", disclosures.export_caller_disclosures, name="export-disclosures"),
    path("findings", findings.findings, name="findings"),
    path("findings/<uuid:finding_id>/resolve", findings.resolve, name="resolve-finding"),
]
