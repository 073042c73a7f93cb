from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.swedish import search_key, sort_key


def test_the_last_letters_come_last_and_in_order() -> None:
    names = ["Öberg", "Zetterlund", "Ärlig", "Åkesson", "Andersson"]
    assert sorted(names, key=sort_key) == ["Andersson", "Zetterlund", "Åkesson", "Ärlig", "Öberg"]


def test_classes_sort_by_the_number_not_by_the_digit() -> None:
    assert sorted(["10B", "7B", "9A", "7A"], key=sort_key) == ["7A", "7B", "9A", "10B"]


def test_accents_other_than_the_swedish_letters_do_not_part_names() -> None:
    assert sort_key("Idé") == sort_key("ide")


def test_search_ignores_case_also_for_swedish_letters() -> None:
    assert search_key("ÖDMAN Åsa") == "ödman åsa"


def test_search_keeps_the_swedish_letters_apart_from_a_and_o() -> None:
    assert "ö" in search_key("Öl")
    assert "o" not in search_key("Öl")


def test_a_decomposed_letter_is_the_same_letter() -> None:
    assert search_key("A\u030akesson") == search_key("Åkesson")
    assert sort_key("A\u030akesson") == sort_key("Åkesson")


@given(st.text(max_size=60))
def test_keys_never_depend_on_case(text: str) -> None:
    assert sort_key(text) == sort_key(text.casefold())


@pytest.mark.parametrize("text", ["1 a " * 30, "1-" * 20])
def test_a_key_of_many_numbers_keeps_within_its_column(text: str) -> None:
    assert len(sort_key(text)) > 160
    assert sort_key(text, 160) == sort_key(text)[:160]
