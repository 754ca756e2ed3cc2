"""Intake's messages: what each type is answered, and the little that is kept of those that are no report."""
