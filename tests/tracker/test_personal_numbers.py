"""No personal identity number may enter the register, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.personal_numbers import holds_personal_number


def _check_digit(nine: str) -> str:
    """Written apart from the code that is tested: doubled digits are summed figure by figure."""
    figures = "".join(str(int(one) * (2, 1)[place % 2]) for place, one in enumerate(nine))
    return str(-sum(map(int, figures)) % 10)


@pytest.mark.parametrize(
    "text",
    [
        "191212121212",
        "19121212-1212",
        "1212121212",
        "121212-1212",
        "121212+1212",
        "181212121212",
        "121212 1212",
        "121212 - 1212",
        "121212\u20131212",
        "121212\u00a01212",
        "1212\u200b12-1212",
        "\uff11\uff12\uff11\uff12\uff11\uff12-\uff11\uff12\uff11\uff12",
        "lånad av Anna (19121212-1212), 7A",
        "anna.191212121212@skola.example",
        "2026 121212-1212",
        "701063-2391",
        "197010632391",
        "000229-0005",
        "200002290005",
    ],
)
def test_it_is_known_however_it_is_written(text: str) -> None:
    assert holds_personal_number(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("191212121213", "the check digit"),
        ("121212-1213", "the check digit"),
        ("121312-1211", "no thirteenth month"),
        ("120230-1214", "no such day in February"),
        ("190002290005", "1900 had no leap day"),
        ("121272+12120", "too long"),
        ("SN 19121212121299", "a longer run of digits"),
        ("5191212121212", "a longer run of digits"),
        ("121212-12 12", "the last four are parted"),
        ("556036-0793", "an organisation: no sixtieth month"),
        ("2024-08-15", "a day"),
        ("070-174 06 35", "a telephone"),
        ("", "nothing"),
    ],
)
def test_what_only_looks_like_one_passes(text: str, why: str) -> None:
    assert not holds_personal_number(text), why


@given(
    st.dates().filter(lambda day: 1900 <= day.year <= 2099),
    st.integers(0, 999),
    st.sampled_from([0, 60]),
    st.sampled_from([0, 2]),
    st.sampled_from(["", "-", "+"]),
    st.sampled_from(["", "Anna Ek ", "(", "id"]),
)
def test_every_one_there_can_be_is_known(
    born: object,
    running: int,
    more: int,
    century: int,
    between: str,
    before: str,
) -> None:
    year, month, day = str(born).split("-")
    nine = f"{year[2:]}{month}{int(day) + more:02}{running:03}"
    number = f"{year[:century]}{nine[:6]}{between}{nine[6:]}{_check_digit(nine)}"
    assert holds_personal_number(f"{before}{number}.")
    wrong = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
    assert not holds_personal_number(f"{before}{wrong}.")
