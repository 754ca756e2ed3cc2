"""Accounts' services: proving who somebody is, and inviting people."""
