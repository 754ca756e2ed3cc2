"""Scheduling is the arithmetic of the promise: hours, due times, the retry ladder, the order of the queue. Pure."""
