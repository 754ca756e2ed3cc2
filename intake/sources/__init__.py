"""Intake's sources: one package per mouth that sends us messages, each turning bytes into drafts."""
