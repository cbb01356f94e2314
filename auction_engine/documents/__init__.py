"""Strict reading of JSON documents into values; every error names the place by a JSON pointer."""
