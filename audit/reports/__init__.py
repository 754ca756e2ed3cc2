"""Audit's reports: questions an officer asks every week, answered from the trail."""
