"""Browser tests' stage: one page in front of a desk whose clock stands still until a scene moves it."""

from dataclasses import dataclass, field
from datetime import datetime

import time_machine
from django.template.loader import render_to_string
from playwright.sync_api import Page

from tests.browser.keyboard import ready
from tests.browser.watching import Watched
from tests.cast import PASSWORD, Cast


@dataclass
class Stage:
    """What a scene plays on: the page, the desk's address, its people, and its clock."""

    watched: Watched
    url: str
    cast: Cast
    now: time_machine.Traveller
    # What a scene needs again: who was promised a call, by first name.
    callers: dict[str, str] = field(default_factory=dict)

    @property
    def page(self) -> Page:
        return self.watched.page

    def at(self, instant: datetime) -> None:
        """Move the desk's clock and the browser's."""
        self.now.move_to(instant, tick=False)
        self.page.clock.set_fixed_time(instant)

    def open(self, path: str) -> None:
        """Open a page; its scripts have run when this returns."""
        self.page.goto(f"{self.url}{path}")
        self.ready()

    def ready(self) -> None:
        ready(self.page)

    def sign_in(self, name: str, *, password: str = PASSWORD) -> None:
        self.open("/sign-in")
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_label("Password", exact=True).press("Enter")
        self.ready()

    def show_template(self, name: str, **given: str) -> None:
        """An error page as its handler renders it, with what that gives, for errors that no address can be asked for."""
        body = render_to_string(name, given)
        address = f"{self.url}/{name}"
        self.page.route(address, lambda route: route.fulfill(status=200, content_type="text/html", body=body))
        self.page.goto(address)
        self.ready()
