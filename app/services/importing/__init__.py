"""Listings from elsewhere: read, mapped, checked row by row, taken over as drafts."""
