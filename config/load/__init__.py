"""Config's load: an empty desk filled with invented callbacks and events, for measurements and long lists."""
