"""Config wires the rooms together: settings, URLs, Celery, the supervisor. Nobody imports it."""
