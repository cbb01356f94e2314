"""Whole sales, played by people with browsers against the platform as `make run` starts it."""
