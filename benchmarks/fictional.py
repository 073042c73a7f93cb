"""Names, classes and models that a fictional municipality is made of."""

from __future__ import annotations

from discovery.sighting import DeviceClass

CLASSES = ("7A", "7B", "7C", "8A", "8B", "8C", "9A", "9B", "9C")
SCHOOL_NAMES = ("Ekbacka", "Kvarn", "Ålgård", "Östra", "Björk", "Sjö", "Änggård", "Vallmo", "Lind", "Näs")
FIRST = ("Elsa", "Åsa", "Örjan", "Mohammed", "Märta", "Kim", "Göran", "Zahra", "Ebba", "Nils", "Alva", "Hugo")
LAST = (
    "Ödman",
    "Ågren",
    "Lindqvist",
    "Hassan",
    "Sjöberg",
    "Näslund",
    "Kvarnström",
    "Öberg",
    "Berg",
    "Wiklund",
)
MODELS = (
    ("Lenovo", "300e Chromebook Gen 3", DeviceClass.CHROMEBOOK),
    ("Acer", "Chromebook Spin 511", DeviceClass.CHROMEBOOK),
    ("HP", "ProBook 445 G9", DeviceClass.COMPUTER),
    ("Apple", "iPad 9:e generationen", DeviceClass.TABLET),
    ("Axis", "P3245-LV", DeviceClass.CAMERA),
    ("Ricoh", "IM C3000", DeviceClass.PRINTER),
    ("Aruba", "2930F-48G", DeviceClass.NETWORK),
    ("Epson", "EB-X49", DeviceClass.AV),
)
