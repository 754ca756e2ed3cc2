"""Lib's DRF permission: deny by default, so that a view without its own decision answers nobody."""

from typing import Any

from rest_framework.permissions import BasePermission


class DenyAll(BasePermission):
    """The project-wide default. A view opens itself by naming its own permission classes."""

    # DRF's views import their default permissions, so this module cannot import DRF's view types.
    def has_permission(self, request: Any, view: Any) -> bool:
        del request, view
        return False
