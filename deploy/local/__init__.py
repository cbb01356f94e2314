"""A bare machine, turned into the running platform: `make run` starts here."""
