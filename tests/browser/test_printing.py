"""Paper: names, numbers and words stay on the screen, on every page but the downtime sheet (callbacks.md §1)."""

import pytest

from tests.browser import scenes
from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What paper would show of what is marked as a caller's.
PRINTED = """() => [...document.querySelectorAll("main .phi")]
  .filter(element => element.checkVisibility({visibilityProperty: true}))
  .map(element => (element.value ?? element.textContent).trim()).filter(Boolean)"""


@pytest.mark.parametrize(
    "play",
    [scenes.queue, scenes.workspace_revealed, scenes.workspace_proxy, scenes.downtime],
    ids=lambda play: play.__name__,
)
def test_no_callers_data_is_printed(stage: Stage, play):
    play(stage)
    shown = stage.page.evaluate(PRINTED)
    assert shown or play is scenes.downtime
    stage.page.emulate_media(media="print")
    assert stage.page.evaluate(PRINTED) == []


def test_the_downtime_sheet_is_for_paper(stage: Stage):
    scenes.downtime_sheet(stage)
    stage.page.emulate_media(media="print")
    printed = stage.page.evaluate(PRINTED)
    assert {"Maria", "(202) 555-0143", "José"} <= set(printed)
    page = stage.page
    for gone in (page.get_by_role("button", name="Print"), page.get_by_role("navigation", name="Main")):
        assert not gone.is_visible()
    for kept in ("Shred this sheet when the desk is back.", "Printed by Sam"):
        assert page.get_by_text(kept).is_visible()
    assert page.locator(".mark span").first.get_attribute("data-mark") == "Sam · 24 Nov 2026, 10:12"
    assert page.locator(".mark").evaluate("element => getComputedStyle(element).position") == "fixed"


def test_the_button_opens_the_browsers_print_dialog_by_keyboard(stage: Stage):
    scenes.downtime_sheet(stage)
    stage.page.evaluate("window.print = () => { document.title = 'printing' }")
    stage.page.get_by_role("button", name="Print").focus()
    stage.page.keyboard.press("Enter")
    assert stage.page.title() == "printing"
    assert stage.watched.complaints == []
