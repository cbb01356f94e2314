"""Bidding: journal, decide, announce (docs/architecture.md).

A bid is followed by reading `place.py`, `desk.py`, `drain.py` and the engine's `bidding.py`.
"""
