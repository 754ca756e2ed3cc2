"""Accounts' URLs of access reviews, beside the trail."""

from django.urls import path

from accounts.web import access_reviews

app_name = "access-reviews"
urlpatterns = [
    path("", access_reviews.reviews, name="list"),
    path("/start", access_reviews.start, name="start"),
    path("/<uuid:review_id>", access_reviews.sheet, name="sheet"),
    path("/<uuid:review_id>/sign", access_reviews.sign, name="sign"),
    path("/lines/<uuid:review_line_id>", access_reviews.decide, name="decide"),
]
