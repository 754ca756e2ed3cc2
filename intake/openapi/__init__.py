"""Intake's description of its endpoints for machines (OpenAPI 3.1): what to send, what is answered, with examples.

`manage.py describe_endpoints` writes `openapi.json`, which the desk serves; drf-spectacular, which writes it, is a
development dependency, so no desk carries a generator.
"""
