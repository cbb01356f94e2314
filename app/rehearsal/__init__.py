"""People who use the running platform over HTTP: for replays, and for the demonstration.

Nothing here reaches into the platform: what these people do, anybody could do with a browser.
"""
