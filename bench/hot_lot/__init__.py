"""Everybody on one lot: what the bidding path decides in a second, over HTTP and below it."""
