"""Whether a platform that runs for an hour at twenty times life's load grows."""
