"""Copies of the register: made while it is in use, checked before they count, put back without losing what was there."""
