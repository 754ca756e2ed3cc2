"""Every page and state of the desk: accessible, within its policy, never wider than the screen, the focus in sight."""

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.scenes import SCENES, Scene
from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": WCAG},
    "resultTypes": ["violations"],
    # Else axe-core puts copies of imported sheets into the page, which the page's policy forbids, rightly.
    "preload": False,
}
# In forced colours the system paints; axe-core reads -webkit-text-fill-color, which keeps what the page had asked for.
FORCED_RULES = RULES | {"rules": {"color-contrast": {"enabled": False}}}
LIGHT: dict[str, str] = {"color_scheme": "light", "forced_colors": "none", "contrast": "no-preference"}
LOOKS: list[tuple[int, dict[str, str]]] = [
    (1440, LIGHT),
    (1440, LIGHT | {"color_scheme": "dark"}),
    (1440, LIGHT | {"forced_colors": "active"}),
    (390, LIGHT),
    (390, LIGHT | {"color_scheme": "dark"}),
]
# Colours on their way from one look to the next are measured when they have arrived.
SETTLED = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  await frame();
  await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
}"""
# WCAG 1.4.10: 320 CSS pixels is 1280 at 400 %.
NARROWEST = 320


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_scene(scene: Scene, stage: Stage):
    scene.play(stage)
    page = stage.page
    problems = {}
    for width, media in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(**media)
        page.evaluate(SETTLED)
        if found := violations(page, FORCED_RULES if media["forced_colors"] == "active" else RULES):
            problems[f"{width} {media['color_scheme']} {media['forced_colors']}"] = found
    assert problems == {}, json.dumps(problems, indent=1)
    for width in (1440, 390, NARROWEST):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, wide_parts(page, width)
    assert stage.watched.complaints == []


def violations(page: Page, rules: dict[str, Any]) -> list[str]:
    """What axe-core finds, one line a node."""
    found = Axe().run(page, options=rules).response["violations"]
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def wide_parts(page: Page, width: int) -> list[str]:
    """The elements that stick out, for the message of a failure."""
    parts: list[str] = page.evaluate(
        """width => [...document.querySelectorAll("body *")]
          .filter((element) => element.getBoundingClientRect().right > width + 0.5)
          .map((element) => `${element.tagName}.${element.className}`)""",
        width,
    )
    return parts
