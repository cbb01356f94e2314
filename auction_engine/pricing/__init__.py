"""How the reference price of a seized thing is found, objected to and fixed (RULE-B1 to B15)."""
