"""Registers by file: read, compared in full, then stored whole or not at all."""
