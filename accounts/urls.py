"""Accounts' URLs."""

from django.urls import path

from accounts.web import clinics, keys, sign_in

app_name = "accounts"
urlpatterns = [
    path("", clinics.home, name="home"),
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("clinic", clinics.choose, name="choose-clinic"),
    path("settings/keys", keys.switch_keys, name="switch-keys"),
    path("no-clinic", clinics.no_work, name="no-work"),
]
