"""Browser tests' comings and goings: people who work here, begin, left, and were disabled, as a roll shows them."""

from datetime import timedelta

from accounts.models import Membership, Role, User
from accounts.services.memberships import end_role, give_role
from accounts.services.people import disable_person
from audit.background import service_scope
from lib import clock
from tests.accounts.device import Device, keep
from tests.browser.stage import Stage
from tests.callbacks.desk import local


def some_movement(stage: Stage) -> None:
    """Ana goes on and gets a second role, Ben left, Fay was invited and begins next week, Olu is disabled."""
    cast, day = stage.cast, timedelta(days=1)
    stage.at(local("2026-11-24 10:02"))
    began = clock.now() - 60 * day
    Membership.objects.update(starts_at=began)
    keep(Device(), cast.ana, name="Blue telephone")
    User.objects.filter(pk=cast.ana.pk).update(last_login=clock.now() - day)
    fay = User.objects.create_user("fay", None, display_name="Fay")
    with service_scope("test", route="test"):
        give_role(
            person=cast.ana,
            clinic=cast.riverside,
            role=Role.SUPERVISOR,
            starts_at=clock.now() + 7 * day,
            ends_at=clock.now() + 21 * day,
            acting_user=cast.max,
        )
        give_role(
            person=fay, clinic=cast.riverside, role=Role.NURSE, starts_at=clock.now() + 7 * day, acting_user=cast.max
        )
        end_role(cast.ben.memberships.get(), acting_user=cast.max)
        disable_person(cast.olu, acting_user=cast.max)
    stage.at(local("2026-11-24 10:12"))
