"""Looks at networks and says what was seen; knows nothing of the register."""
