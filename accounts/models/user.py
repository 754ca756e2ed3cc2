"""Accounts' person: one row is one human who may sign in."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import auth
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from lib.ids import new_id


class UserManager(BaseUserManager["User"]):
    """Creates people; nobody registers himself."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """A person with a hashed password; without one, a person who cannot sign in yet."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """One row is one person, never shared and never deleted (45 CFR 164.312(a)(2)(i)): leaving means `is_active` off.

    What a person may do comes from memberships alone (accounts.roles): there are no superusers, groups or permission
    rows to forget about. `is_staff` lets an administrator into Django admin.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = models.CharField(max_length=60, unique=True, validators=[UnicodeUsernameValidator()])
    display_name = models.CharField(max_length=60, help_text="What colleagues see beside a call they hold.")
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May open the administration pages.")
    single_keys = models.BooleanField(
        default=True,
        # The database fills it in too: processes of the release before this column still make people.
        db_default=True,
        help_text="Whether single keys work on their pages; speech input presses keys nobody meant (WCAG 2.1.4).",
    )
    # Only what differs from accounts.key_map: an act's name with its key, "" for none.
    own_keys = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()), blank=True)
    has_seen_tour = models.BooleanField(
        default=False, db_default=False, help_text="Whether the first look round was shown to its end or closed."
    )
    joined_at = models.DateTimeField(default=timezone.now)
    # One session a person: the one that knows this. A new value ends every other one with its next request.
    seat = models.UUIDField(null=True, editable=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = [models.UniqueConstraint(Lower("username"), name="one_person_a_name_whatever_its_case")]

    def __str__(self) -> str:
        return self.username

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Whether the permission is held in some clinic, or in the clinic given as `obj`."""
        return self.is_active and any(
            backend.has_perm(self, perm, obj) for backend in auth.get_backends() if hasattr(backend, "has_perm")
        )

    def has_perms(self, perm_list: Iterable[str], obj: models.Model | None = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and any(
            backend.has_module_perms(self, app_label)
            for backend in auth.get_backends()
            if hasattr(backend, "has_module_perms")
        )

    @property
    def initials(self) -> str:
        words = self.display_name.split() or [self.username]
        return (words[0][:1] + words[1][:1] if len(words) > 1 else words[0][:2]).upper()
