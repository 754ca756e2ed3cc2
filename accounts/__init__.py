"""Accounts holds people, clinics, memberships, roles and sign-in."""
