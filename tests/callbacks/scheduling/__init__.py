"""Tests of the arithmetic of the promise: tables first, then properties."""
