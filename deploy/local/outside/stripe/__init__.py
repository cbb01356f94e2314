"""A small, strict server that speaks Stripe's API for what the platform uses of it.

It refuses what Stripe refuses (unknown parameters, unknown objects, refunds of more than was paid),
honours idempotency keys as Stripe documents them, signs its webhooks, and can be told to fail.
What it does not play it refuses aloud; it never ignores a parameter.
"""
