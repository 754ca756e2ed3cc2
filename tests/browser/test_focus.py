"""The focus: always to be seen, never lost when a part of the page is replaced."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import scenes
from tests.browser.keyboard import tab_to
from tests.browser.stage import Stage
from tests.policies.callers import promise_call

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The focused element itself, or what stands for it (its row, its label), has an outline or a border drawn for it.
IS_SEEN = """() => {
  const focused = document.activeElement;
  if (focused === document.body) return "the focus is on nothing";
  const box = focused.getBoundingClientRect();
  for (const element of [focused, focused.closest("label"), focused.closest("tr")]) {
    if (!element) continue;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) continue;
    const middle = [box.left + box.width / 2, box.top + box.height / 2];
    const top = document.elementFromPoint(...middle);
    if (!top) return `${focused.outerHTML.slice(0, 120)} is outside the screen`;
    if (element.contains(top) || top.contains(focused)) return "";
    return `${focused.outerHTML.slice(0, 120)} is covered by ${top.outerHTML.slice(0, 120)}`;
  }
  return `${focused.outerHTML.slice(0, 120)} has the focus, and nothing shows it`;
}"""
PLAYS = [
    scenes.sign_in,
    scenes.queue,
    scenes.workspace_mine,
    scenes.workspace_review,
    scenes.trail,
    scenes.people,
    scenes.person,
]


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.outerHTML.slice(0, 120)"))


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.__name__)
def test_whatever_tab_reaches_can_be_seen(stage: Stage, play, width: int):
    page = stage.page
    page.set_viewport_size({"width": width, "height": 900})
    play(stage)
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    reached: list[str] = []
    unseen: list[str] = []
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        reached.append(focused(page))
        if problem := page.evaluate(IS_SEEN):
            unseen.append(problem)
    assert len(reached) >= 3
    assert unseen == []


def test_showing_the_number_moves_the_focus_to_dial(stage: Stage):
    scenes.workspace_mine(stage)
    stage.page.keyboard.press("r")
    expect(stage.page.get_by_role("button", name="Dial")).to_be_focused()


def test_whoever_goes_on_to_the_note_at_once_keeps_the_focus_there(stage: Stage):
    scenes.workspace_mine(stage)
    page = stage.page
    page.evaluate(
        """() => {
          const once = { once: true };
          document.body.addEventListener("htmx:afterSwap", () => document.getElementById("note").focus(), once);
          window.settled = new Promise((done) => document.body.addEventListener("htmx:afterSettle", () => done(true), once));
        }"""
    )
    page.keyboard.press("r")
    assert page.evaluate("window.settled")
    expect(page.get_by_label("Note for whoever calls next")).to_be_focused()


def test_a_number_that_hides_again_keeps_the_focus_in_its_place(stage: Stage):
    scenes.workspace_mine(stage)
    page = stage.page
    page.clock.install(time=page.evaluate("Date.now()"))
    page.keyboard.press("r")
    expect(page.get_by_role("button", name="Dial")).to_be_focused()
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    page.clock.fast_forward(61_000)
    expect(page.get_by_role("button", name="Show number")).to_be_focused()


def test_more_changes_do_not_take_the_focus_from_the_pill(stage: Stage):
    scenes.queue_changed(stage)
    page = stage.page
    pill = page.locator("[data-apply]")
    tab_to(page, pill)
    promise_call(stage.cast.riverside, first_name="Noa", phone="+12025550189", called_from="+12025550189")
    expect(pill).to_have_attribute("data-changes", "2", timeout=10_000)
    expect(pill).to_be_focused()


def test_news_comes_in_quietly_and_leaves_the_focus_on_its_row(stage: Stage):
    scenes.queue(stage)
    page = stage.page
    page.keyboard.press("j")
    page.keyboard.press("j")
    row = page.evaluate("document.activeElement.closest('tr').dataset.row")
    promise_call(stage.cast.riverside, first_name="Eli", phone="+12025550188", called_from="+12025550188")
    page.locator("[data-apply]").wait_for()
    assert page.evaluate("document.activeElement.closest('tr').dataset.row") == row
    page.keyboard.press(".")
    expect(page.get_by_text("Eli", exact=True)).to_be_visible()
    expect(page.locator(f'[data-row="{row}"] a.open')).to_be_focused()


def test_a_refusal_gets_the_focus_so_that_it_is_read(stage: Stage):
    scenes.workspace_refused(stage)
    expect(stage.page.locator("[data-error]")).to_be_focused()
