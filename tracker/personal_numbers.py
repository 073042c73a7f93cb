"""Swedish personal identity numbers, which the register may not hold: are there any in a text? Pure.

Personnummer and samordningsnummer (the day of birth plus 60), ten or twelve digits, as folkbokföringslagen (1991:481)
18-18 a §§ sets them out: date of birth, three figures, a check digit by the Luhn rule over ten.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_SHAPE = re.compile(
    r"(?<!\d)(1[89]|20)?(\d\d)(\d\d)(\d\d)\s?[-+\u2010-\u2015\u2212]?\s?(\d{4})(?!\d)", re.UNICODE
)
_COORDINATION = 60
"""What a samordningsnummer adds to the day."""


def _is_a_day(century: str, year: str, month: str, day: str) -> bool:
    # Without a century the newest one: it has every leap day that an older one has.
    try:
        date(int((century or "20") + year), int(month), int(day) % _COORDINATION)
    except ValueError:
        return False
    return True


def _checks(digits: str) -> bool:
    doubled = (int(one) * (2 - place % 2) for place, one in enumerate(digits))
    return sum(sum(divmod(one, 10)) for one in doubled) % 10 == 0


def holds_personal_number(text: str) -> bool:
    """Whether a text holds one, also inside a longer text, with a hyphen, a plus, a space or nothing before the last four.

    A longer run of digits is none. Of texts that only look like one, every tenth passes the check digit.
    """
    seen = text
    if not text.isascii():
        seen = "".join(one for one in text if unicodedata.category(one) != "Cf")  # marks that nobody sees
    for century, year, month, day, tail in _SHAPE.findall(seen):
        if _checks(year + month + day + tail) and _is_a_day(century, year, month, day):
            return True
    return False
