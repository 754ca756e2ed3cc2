"""Accounts' URLs."""

from django.urls import path

from accounts.web import (
    clinics,
    invitation,
    keys,
    passkey,
    passkeys,
    password,
    presence,
    proving,
    second_factor,
    sign_in,
)

app_name = "accounts"
urlpatterns = [
    path("", clinics.home, name="home"),
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("invitation", invitation.invitation, name="invitation"),
    path("second-factor", second_factor.second_factor, name="second-factor"),
    path("passkey/challenge", passkey.challenge, name="passkey-challenge"),
    path("passkey/answer", passkey.answer, name="passkey-answer"),
    path("locked", proving.locked, name="locked"),
    path("prove", proving.prove, name="prove"),
    path("session", presence.until_lock, name="until-lock"),
    path("session/active", presence.somebody_here, name="somebody-here"),
    path("session/lock", presence.lock_now, name="lock"),
    path("clinic", clinics.choose, name="choose-clinic"),
    path("keys", keys.own_keys, name="keys"),
    path("keys/choose", keys.choose, name="keys-choose"),
    path("settings/keys", keys.switch_keys, name="switch-keys"),
    path("settings/password", password.own_password, name="password"),
    path("settings/passkeys", passkeys.own_passkeys, name="passkeys"),
    path("settings/passkeys/challenge", passkeys.challenge, name="passkeys-challenge"),
    path("settings/passkeys/add", passkeys.add, name="passkeys-add"),
    path("settings/passkeys/<uuid:passkey_id>/rename", passkeys.rename, name="passkeys-rename"),
    path("settings/passkeys/<uuid:passkey_id>/remove", passkeys.remove, name="passkeys-remove"),
    path("no-clinic", clinics.no_work, name="no-work"),
]
