"""Who works for a court: asked in, given roles and let go by two persons, never by oneself.

Two presidents of the court agree. Before a court has two of them, and only then, two operators of
the platform invite presidents; they may also end the roles of a president who cannot be reached.
Nothing here lets one person alone widen what anybody may do (SEC-T9).
"""
