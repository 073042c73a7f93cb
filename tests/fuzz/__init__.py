"""Mutated input for every decoder of what strangers send: ``python -m tests.fuzz --inputs 1000000``."""
