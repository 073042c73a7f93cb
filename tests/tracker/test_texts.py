"""Every text stands in both languages with the same placeholders."""

from __future__ import annotations

import string

import pytest

from tracker.texts import MissingTextError, catalogue, has_text, text
from tracker.words import Language


def _placeholders(found: str | dict[str, str]) -> set[str]:
    forms = found.values() if isinstance(found, dict) else [found]
    return {name.split("!")[0] for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


def test_both_languages_hold_the_same_codes() -> None:
    assert set(catalogue(Language.SV)) == set(catalogue(Language.EN))
    assert len(catalogue(Language.SV)) > 0


def test_both_languages_ask_for_the_same_data() -> None:
    swedish, english = catalogue(Language.SV), catalogue(Language.EN)
    differing = {
        code
        for code in swedish
        if code in english and _placeholders(swedish[code]) != _placeholders(english[code])
    }
    assert differing == set()


def test_no_swedish_text_begs_or_shouts() -> None:
    forms = {
        (code, form)
        for code, found in catalogue(Language.SV).items()
        for form in (found.values() if isinstance(found, dict) else [found])
    }
    assert [code for code, form in forms if "!" in form or "var god" in form.casefold()] == []


def test_an_unknown_code_is_an_error_and_never_shown() -> None:
    assert not has_text("no.such.code")
    with pytest.raises(MissingTextError):
        text("no.such.code", Language.SV)
