"""How late two thousand lots are closed that end in the same second."""
