"""The desk's own settings, for the measure of our recording."""

from config.settings.dev import *  # noqa: F403
