"""People and classes by file, out of the school system or the directory: compared first, stored whole or not at all."""
