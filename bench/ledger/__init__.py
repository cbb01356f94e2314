"""How fast the books are written, how fast deposits go back, and what bidders feel of it."""
