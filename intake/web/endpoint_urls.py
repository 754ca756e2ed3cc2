"""Intake's URLs for administrators: the endpoints for machines, described."""

from django.urls import path

from intake.web import endpoints

app_name = "endpoints"
urlpatterns = [
    path("", endpoints.endpoints, name="page"),
    path("/openapi.json", endpoints.download, name="download"),
]
