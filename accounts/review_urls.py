"""Accounts' URLs for officers: emergency accesses, beside the trail."""

from django.urls import path

from accounts.web import emergency_reviews

app_name = "emergency-reviews"
urlpatterns = [
    path("", emergency_reviews.emergencies, name="list"),
    path("/<uuid:emergency_id>/judge", emergency_reviews.judge, name="judge"),
]
