"""Browser tests' camera: one test a scene, which takes its pictures; run by `make screenshots` (see __main__.py).

Not collected by `make test`: the name of this file does not begin with test.
"""

from pathlib import Path

import pytest

from tests.browser.scenes import SCENES, Scene
from tests.browser.stage import Stage

WIDTHS = {1440: 900, 390: 844}
THEMES = ("light", "dark")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_picture(scene: Scene, stage: Stage, folder: Path):
    scene.play(stage)
    page = stage.page
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.evaluate("document.fonts.ready")
            # A blinking caret would be in one picture and not in the next.
            page.screenshot(path=folder / file_name(scene, width, theme), caret="hide", animations="disabled")


def file_name(scene: Scene, width: int, theme: str) -> str:
    return f"{scene.name}-{width}-{theme}.png"


def index() -> str:
    """The index page, from the scenes alone."""
    rows = "\n".join(f"| `{scene.name}` | {scene.shows} |" for scene in SCENES)
    return f"""# Pictures of the desk

`make screenshots` takes all of them into this folder: every page and state below, {len(WIDTHS)} widths
({" and ".join(f"{width} px" for width in WIDTHS)}), {" and ".join(THEMES)}; `make screenshots ARGS="queue sign-in"` takes some.
The file of a picture is `<scene>-<width>-<light or dark>.png`; the four below are in the repository, the others are not.
Everybody in them is invented, numbers are from the fictional 555-01xx block, and the clock stands on Tuesday,
24 November 2026, 10:12 in New York.

![The queue on a busy morning](queue-1440-light.png)

![A callback of one's own, its number shown](workspace-revealed-1440-light.png)

![The officer's trail](trail-1440-light.png)

![The queue on a telephone, dark](queue-390-dark.png)

| scene | shows |
|---|---|
{rows}
"""
