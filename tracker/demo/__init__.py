"""The demo: Ekbacka, a municipality that does not exist, and simulated devices that speak real protocols on loopback.

Nothing outside this package and its command knows it: the devices are found by the same survey as any others.
"""
