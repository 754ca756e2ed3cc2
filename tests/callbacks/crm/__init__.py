"""Tests of what the clinic's CRMs are told."""
