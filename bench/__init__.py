"""Measurements of the platform: they say how fast it is, and never whether that is enough."""
