"""Tests of intake's call quality."""
