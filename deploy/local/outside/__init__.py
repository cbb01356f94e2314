"""The outside world of a development machine and of the tests.

A strict Stripe server, a bank and a mailbox, on loopback only. None of it is part of the platform:
the platform meets them through its gateways, exactly as it meets the real ones.
"""
